# SPDX-License-Identifier: GPL-3.0-or-later
"""report.json: what became of every input of a run."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nets.errors import CaptureError, DiskFullError
from nets.io.files import replacing
from nets.io.fingerprint import FileFingerprint
from nets.io.pictures import Fetched, Picture
from nets.io.stopwatch import no_time

HANDLED = {"ok", "no_face", "duplicate"}


@dataclass
class InputEntry:
    """One entry of the report's `inputs`; a video has one per frame, or one in all where people are followed."""

    path: str
    frame: int | None = None
    status: str = "ok"
    faces: list[dict] = field(default_factory=list)
    ms: dict[str, float] = field(default_factory=no_time)
    error: str | None = None
    image_size: list[int] | None = None  # width, height
    fingerprint: FileFingerprint | None = None
    thumbnail: str | None = None  # a JPEG in base64, for the sheet

    @staticmethod
    def of(picture: Picture | Fetched) -> InputEntry:
        return InputEntry(printable(picture.path), picture.frame)

    def add_face(self, summary: dict, file: str | None) -> None:
        """Add a face by its summary (FaceResult.summary); `file` is its result, relative to the report."""
        self.faces.append({**summary, "file": file})

    def fail(self, error: CaptureError) -> None:
        own = error.path is None or printable(error.path) == self.path
        self.status, self.error = error.status, printable(error.advice if own else error)

    def repeat(self, original: str) -> None:
        """A photo with the same content as one that came before, of which these are the results."""
        self.status, self.error = "duplicate", f"the same content as {original}"

    def to_json(self, thumbnail: bool = False) -> dict:
        entry = {"path": self.path, "status": self.status, "faces": self.faces}
        if self.frame is not None:
            entry["frame"] = self.frame
        if self.image_size:
            entry["image_size"] = self.image_size
        if self.fingerprint:
            entry |= vars(self.fingerprint)
        if thumbnail and self.thumbnail:
            entry["thumbnail"] = self.thumbnail
        return {**entry, "ms": {stage: round(ms, 2) for stage, ms in self.ms.items()}, "error": self.error}


def write_report(path: Path, inputs: Iterable[dict], skipped: Iterable[dict] = (), complete: bool = True) -> None:
    """Entries as InputEntry.to_json makes them, one per line; what was not tried, {"path", "reason"}; and whether the
    run came to its end."""
    with replacing(path) as file:
        for opening, entries in (('{"inputs": [', inputs), ('],\n"skipped": [', skipped)):
            file.write(opening.encode())
            for index, entry in enumerate(entries):
                row = {key: value for key, value in entry.items() if key != "thumbnail"}
                file.write(f"{',' * (index > 0)}\n{json.dumps(row, ensure_ascii=False)}".encode())
        file.write(f'],\n"complete": {json.dumps(complete)}}}\n'.encode())


def exit_code(statuses: Iterable[str]) -> int:
    """0 if every input was handled (a photo without a face is), else 1."""
    return int(not HANDLED.issuperset(statuses))


def printable(text: object) -> str:
    """Text with the bytes of an undecodable file name shown as escapes, so that it can be written anywhere."""
    return os.fsencode(str(text)).decode("utf-8", "backslashreplace")


@contextmanager
def recorded(entry: InputEntry) -> Iterator[None]:
    """One bad input never stops the others: what goes wrong within is written into its entry. But for a full disk."""
    try:
        yield
    except DiskFullError:
        raise
    except CaptureError as error:
        entry.fail(error)
    except Exception as error:
        traceback.print_exc()
        entry.fail(CaptureError(f"unexpected error: {error!r}", entry.path))
