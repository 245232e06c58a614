# SPDX-License-Identifier: GPL-3.0-or-later
"""report.json: what became of every input of a run."""

from __future__ import annotations

import json
import os
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from nets.errors import CaptureError
from nets.face import FaceResult
from nets.files import replace_file
from nets.inputs import Picture
from nets.stopwatch import no_time

HANDLED = {"ok", "no_face"}


@dataclass
class InputEntry:
    """One entry of the report's `inputs`; a video has one per frame, or one in all where people are followed."""

    path: str
    frame: int | None = None
    status: str = "ok"
    faces: list[dict] = field(default_factory=list)
    ms: dict[str, float] = field(default_factory=no_time)
    error: str | None = None

    @staticmethod
    def of(picture: Picture) -> InputEntry:
        return InputEntry(printable(picture.path), picture.frame)

    def add_face(self, face: FaceResult, file: str | None) -> None:
        """`file` is the face's result, relative to the report."""
        size = float((face.box[2:] - face.box[:2]).prod()) ** 0.5
        self.faces.append(
            {
                "box": [round(float(edge), 2) for edge in face.box],
                "confidence": round(float(face.confidence), 4),
                "residual_percent": round(100 * face.residual / max(size, 1e-6), 2),
                "file": file,
            }
        )

    def fail(self, error: CaptureError) -> None:
        own = error.path is None or printable(error.path) == self.path
        self.status, self.error = error.status, printable(error.advice if own else error)

    def to_json(self) -> dict:
        entry = {"path": self.path, "status": self.status, "faces": self.faces}
        if self.frame is not None:
            entry["frame"] = self.frame
        return {**entry, "ms": {stage: round(ms, 2) for stage, ms in self.ms.items()}, "error": self.error}


def write_report(folder: Path, entries: list[InputEntry]) -> Path:
    path = folder / "report.json"
    text = json.dumps({"inputs": [entry.to_json() for entry in entries]}, indent=1, ensure_ascii=False)
    replace_file(path, text.encode())
    return path


def exit_code(entries: list[InputEntry]) -> int:
    """0 if every input was handled (a photo without a face is), else 1."""
    return int(any(entry.status not in HANDLED for entry in entries))


def printable(text: object) -> str:
    """Text with the bytes of an undecodable file name shown as escapes, so that it can be written anywhere."""
    return os.fsencode(str(text)).decode("utf-8", "backslashreplace")


@contextmanager
def recorded(entry: InputEntry) -> Iterator[None]:
    """One bad input never stops the others: what goes wrong within is written into its entry."""
    try:
        yield
    except CaptureError as error:
        entry.fail(error)
    except Exception as error:
        traceback.print_exc()
        entry.fail(CaptureError(f"unexpected error: {error!r}", entry.path))
