# SPDX-License-Identifier: GPL-3.0-or-later
"""report.jsonl: the report while it grows, one line of JSON per entry, appended as soon as its results are written.

Its first line holds the run's options. If the process dies, the last line may be cut short; all others stand.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path
from time import perf_counter
from typing import BinaryIO

from nets.batch.listing import Source
from nets.errors import OutputError, UnreadableError, UsageError
from nets.io.files import lock, not_written
from nets.io.fingerprint import FileFingerprint
from nets.io.report import HANDLED, InputEntry, printable

Key = tuple[str, int]  # path, frame; NO_FRAME of a photo
NO_FRAME = -1
SYNC_EVERY = 1.0  # seconds, to the disk itself: what is written survives the process at once, and a power cut then


class LocalFiles:
    """What there is of photos, and of results in a folder."""

    def __init__(self, out: Path):
        self._out = out

    def fingerprint(self, path: str) -> FileFingerprint | None:
        return FileFingerprint.of(path)

    def has(self, result: str) -> bool:
        return (self._out / result).exists()


class Journal:
    """Belongs to one process at a time. Paths are as in the report."""

    def __init__(self, path: Path, options: dict, resume: bool, files: LocalFiles | None = None):
        """Raises OutputError if another run has it, UsageError if it was begun with other options."""
        self.path, self._options, self._files = path, options, files or LocalFiles(path.parent)
        self._offsets: dict[Key, int] = {}
        self._done: set[Key] = set()
        self._synced = 0.0
        self._originals: dict[str, str] = {}  # digest of a photo's content -> path
        try:
            self._file = path.open("a+b")
        except OSError as error:
            raise not_written(error, path) from None
        if not lock(self._file):
            self._file.close()
            raise OutputError("another run is writing to this folder", path.parent, "Wait for it to end")
        if resume and os.path.getsize(path):
            self._load()
        else:
            self._file.truncate(0)
            self._write([options])

    def __enter__(self) -> Journal:
        return self

    def __exit__(self, *_) -> None:
        with suppress(OSError):  # what a full disk did not take has been told already
            self._file.close()

    def __len__(self) -> int:
        return len(self._offsets)

    def holds(self, source: Source, frame: int | None) -> bool:
        """Whether this picture was handled in an earlier run, its file is still the same, and its results are there."""
        return _key(printable(source.path), frame) in self._done

    def original(self, digest: str, path: str) -> str | None:
        """The path of a photo with the same content that came before; else this one is remembered."""
        first = self._originals.setdefault(digest, path)
        return None if first == path else first

    def add(self, entries: Iterable[InputEntry]) -> None:
        """Raises OutputError."""
        rows = [entry.to_json(thumbnail=True) for entry in entries]
        for row, offset in zip(rows, self._write(rows), strict=True):
            self._offsets[_key(row["path"], row.get("frame"))] = offset

    def entries(self, order: Iterable[str] = ()) -> Iterator[dict]:
        """The last entry of each picture: in the order of these paths, then those of others."""
        rank = {path: index for index, path in enumerate(order)}
        keys = sorted(self._offsets, key=lambda key: (rank.get(key[0], len(rank)), key))
        with self.path.open("rb") as file:
            for key in keys:
                file.seek(self._offsets[key])
                yield json.loads(file.readline())

    def _write(self, rows: list[dict]) -> list[int]:
        """Appends lines and returns where each begins."""
        lines = [json.dumps(row, ensure_ascii=False).encode() + b"\n" for row in rows]
        start = self._file.seek(0, os.SEEK_END)
        try:
            self._file.write(b"".join(lines))
            self._file.flush()
            if perf_counter() - self._synced > SYNC_EVERY:
                os.fsync(self._file.fileno())
                self._synced = perf_counter()
        except OSError as error:
            raise not_written(error, self.path) from None
        return [start + sum(map(len, lines[:index])) for index in range(len(lines))]

    def _load(self) -> None:
        self._file.seek(0)
        try:
            begun_with = json.loads(self._file.readline())
        except ValueError:
            raise UnreadableError("not the journal of a run", self.path, "Begin anew without --resume") from None
        if begun_with != self._options:
            changed = ", ".join(sorted(key for key in self._options if begun_with.get(key) != self._options[key]))
            raise UsageError(f"the run was begun with other options ({changed})", self.path, "Begin anew, or use those")
        end = self._file.tell()
        for offset, line in _lines(self._file):
            self._remember(json.loads(line), offset)
            end = offset + len(line)
        self._file.truncate(end)

    def _remember(self, row: dict, offset: int) -> None:
        key = _key(row["path"], row.get("frame"))
        self._offsets[key] = offset
        self._done.discard(key)
        if row["status"] in HANDLED - {"duplicate"} and self._is_current(row):
            self._done.add(key)
            if row.get("digest"):
                self._originals[row["digest"]] = row["path"]

    def _is_current(self, row: dict) -> bool:
        fingerprint = self._files.fingerprint(row["path"])
        same = fingerprint and (fingerprint.bytes, fingerprint.modified) == (row.get("bytes"), row.get("modified"))
        return bool(same) and all(self._files.has(face["file"]) for face in row["faces"])


def read_journals(paths: Iterable[Path]) -> Iterator[dict]:
    """The last entry of each picture in the journals of several runs, by path and frame."""
    places: dict[Key, tuple[BinaryIO, int]] = {}
    with ExitStack() as stack:
        for path in paths:
            file = stack.enter_context(path.open("rb"))
            file.readline()
            for offset, line in _lines(file):
                row = json.loads(line)
                places[_key(row["path"], row.get("frame"))] = file, offset
        for key in sorted(places):
            file, offset = places[key]
            file.seek(offset)
            yield json.loads(file.readline())


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Where they begin, and the whole ones from here on: the writer may have died in the last."""
    start = file.tell()
    for line in file:
        if line.endswith(b"\n"):
            yield start, line
            start += len(line)


def _key(path: str, frame: int | None) -> Key:
    return path, NO_FRAME if frame is None else frame
