# SPDX-License-Identifier: GPL-3.0-or-later
"""The transfer of files to the machine that captures them, and of their results to where they belong.

Files and results lie in folders that all machines share, or in any storage that fsspec opens by its address.
"""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from nets.batch.file_capturer import FileCapturer, RunSettings
from nets.batch.listing import Source
from nets.batch.ray.storage import download, is_address, upload
from nets.capture.capturer import Capturer
from nets.errors import OutputError, UnreadableError
from nets.interface.text import printable
from nets.io.fingerprint import digest_of
from nets.io.photo import read_bytes
from nets.io.report import InputEntry, recorded


@dataclass(frozen=True)
class FileTransfer:
    """folder: the working directory of the command, to which paths are relative; out: folder or address of results."""

    folder: str
    out: str

    def enter_folder(self) -> None:
        """Make `folder` the process's working directory, on a machine of the cluster.

        Raises OutputError if `folder` or `out` is not there.
        """
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
        """Return the digest of a photo's content, or None if the photo is empty or cannot be read."""
        try:
            with TemporaryDirectory(prefix="prnet-") as scratch:
                path = download(source.path, Path(scratch))[0] if is_address(source.path) else source.path
                content = read_bytes(path)
        except UnreadableError:
            return None
        return digest_of(content) if content.size else None

    def capture(self, source: Source, settings: RunSettings, capturer: Capturer) -> list[InputEntry]:
        """Capture a source, write its results and return its entries. Raises DiskFullError."""
        if not is_address(source.path) and not is_address(self.out):
            return FileCapturer(settings, capturer, Path(self.out))(source)
        failed = InputEntry(printable(source.path))
        with TemporaryDirectory(prefix="prnet-") as scratch, recorded(failed):
            results = Path(scratch, "results") if is_address(self.out) else Path(self.out)
            if not is_address(source.path):
                entries = FileCapturer(settings, capturer, results)(source)
            else:
                copy, fingerprint = download(source.path, Path(scratch))
                entries = FileCapturer(settings, capturer, results)(replace(source, path=str(copy)))
                for entry in entries:
                    entry.path = failed.path
                    entry.fingerprint = replace(
                        fingerprint, digest=entry.fingerprint.digest if entry.fingerprint else None
                    )
            if is_address(self.out):
                upload(results, self.out)
            return entries
        return [failed]
