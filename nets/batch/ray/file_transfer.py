# SPDX-License-Identifier: GPL-3.0-or-later
"""Brings a file to where it is captured, and its results to where they belong: folders that all machines share, or any
storage that fsspec opens by its address."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from nets.batch.file_capturer import CaptureSettings, FileCapturer
from nets.batch.listing import Source
from nets.batch.ray.storage import deliver, fetch, is_address
from nets.capture.capturer import Capturer
from nets.errors import OutputError, UnreadableError
from nets.io.fingerprint import digest_of
from nets.io.photo import read_bytes
from nets.io.report import InputEntry, printable, recorded


@dataclass(frozen=True)
class Courier:
    """folder: that of the driver, against which paths are meant; out: folder or address of the results."""

    folder: str
    out: str

    def arrive(self) -> None:
        """Once on every machine. Raises OutputError."""
        if is_address(self.out):
            return
        try:
            os.chdir(self.folder)
            os.stat(self.out)
        except OSError as error:
            message = f"not there on the machine {socket.gethostname()} ({error.strerror})"
            remedy = "Share the folder with all machines, or write to an address such as s3://bucket/folder"
            raise OutputError(message, error.filename, remedy) from None

    def digest(self, source: Source) -> str | None:
        """Of a photo's content; None if it is empty or cannot be read."""
        try:
            with TemporaryDirectory(prefix="prnet-") as scratch:
                path = fetch(source.path, Path(scratch))[0] if is_address(source.path) else source.path
                content = read_bytes(path)
        except UnreadableError:
            return None
        return digest_of(content) if content.size else None

    def capture(self, source: Source, settings: CaptureSettings, capturer: Capturer) -> list[InputEntry]:
        """The entries of a source whose results have been written. Raises DiskFullError."""
        if not is_address(source.path) and not is_address(self.out):
            return FileCapturer(settings, capturer, Path(self.out))(source)
        failed = InputEntry(printable(source.path))
        with TemporaryDirectory(prefix="prnet-") as scratch, recorded(failed):
            results = Path(scratch, "results") if is_address(self.out) else Path(self.out)
            if not is_address(source.path):
                entries = FileCapturer(settings, capturer, results)(source)
            else:
                copy, fingerprint = fetch(source.path, Path(scratch))
                entries = FileCapturer(settings, capturer, results)(replace(source, path=str(copy)))
                for entry in entries:
                    entry.path = failed.path
                    entry.fingerprint = replace(
                        fingerprint, digest=entry.fingerprint.digest if entry.fingerprint else None
                    )
            if is_address(self.out):
                deliver(results, self.out)
            return entries
        return [failed]
