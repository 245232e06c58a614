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
from nets.interface.statuses import HANDLED, Status
from nets.interface.text import printable
from nets.io.files import replacing
from nets.io.fingerprint import FileFingerprint
from nets.io.pictures import Fetched, Picture
from nets.io.stopwatch import no_time

# The report has one entry per line between these, so that a reader needs no more than a line of it at a time.
INPUTS, SKIPPED, COMPLETE = b'{"inputs": [', b'"skipped": [', b'"complete": true}\n'


@dataclass
class InputEntry:
    """An entry of the report's `inputs`: a photo, a movie's frame, or a whole clip in which people are tracked."""

    path: str
    frame: int | None = None
    status: Status = Status.OK
    faces: list[dict] = field(default_factory=list)
    ms: dict[str, float] = field(default_factory=no_time)
    error: str | None = None
    image_size: list[int] | None = None  # width, height
    fingerprint: FileFingerprint | None = None
    thumbnail: str | None = None  # a JPEG in base64, for the sheet

    @staticmethod
    def of(picture: Picture | Fetched) -> InputEntry:
        """Make the entry of a picture, in which nothing has been found yet."""
        return InputEntry(printable(picture.path), picture.frame)

    def add_face(self, summary: dict, file: str | None) -> None:
        """Add a face by its summary (FaceResult.summary); `file` is its result, relative to the report."""
        self.faces.append({**summary, "file": file})

    def fail(self, error: CaptureError) -> None:
        """Record that the input could not be handled."""
        own = error.path is None or printable(error.path) == self.path
        self.status, self.error = error.status, printable(error.advice if own else error)

    def mark_duplicate(self, original: str) -> None:
        """Record that the photo has the same content as an earlier one, whose results stand for both."""
        self.status, self.error = Status.DUPLICATE, f"the same content as {original}"

    def to_json(self, thumbnail: bool = False) -> dict:
        """Return the entry as report.json has it; with its thumbnail for the journal."""
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
    """Write the report.

    inputs: entries as InputEntry.to_json makes them; skipped: files that were not tried, {"path", "reason"}; complete:
    whether the run came to its end. Raises OutputError.
    """
    with replacing(path) as file:
        for opening, entries in ((INPUTS, inputs), (b"],\n" + SKIPPED, skipped)):
            file.write(opening)
            for index, entry in enumerate(entries):
                row = {key: value for key, value in entry.items() if key != "thumbnail"}
                file.write(f"{',' * (index > 0)}\n{json.dumps(row, ensure_ascii=False)}".encode())
        file.write(b"],\n" + (COMPLETE if complete else COMPLETE.replace(b"true", b"false")))


def is_complete(path: Path) -> bool:
    """Return whether there is a report here of a run that came to its end."""
    try:
        with path.open("rb") as file:
            file.seek(-len(COMPLETE), os.SEEK_END)
            return file.read() == COMPLETE
    except OSError:
        return False


def read_skipped(path: Path) -> Iterator[dict]:
    """Yield what a complete report lists as skipped, {"path", "reason"}, one line in memory at a time."""
    with path.open("rb") as file:
        for line in file:
            if line.startswith(SKIPPED):
                break
        for line in file:
            if line.startswith(b"{"):
                yield json.loads(line.rstrip(b"],\n"))


def exit_code(statuses: Iterable[str]) -> int:
    """Return 0 if every input was handled (a photo without a face is handled), else 1."""
    return int(not HANDLED.issuperset(statuses))


@contextmanager
def recorded(entry: InputEntry) -> Iterator[None]:
    """Record any error of the block in the entry so that other inputs continue. A full disk is re-raised."""
    try:
        yield
    except DiskFullError:
        raise
    except CaptureError as error:
        entry.fail(error)
    except Exception as error:
        traceback.print_exc()
        entry.fail(CaptureError(f"unexpected error: {error!r}", entry.path))
