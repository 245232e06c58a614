# SPDX-License-Identifier: GPL-3.0-or-later
"""report.jsonl: the report while it grows. Each entry is a line of JSON, appended as soon as its results are written.

The first line holds the run's options. If the process dies, the last line may be cut short; all others are valid.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from time import perf_counter
from typing import BinaryIO

from nets.batch.listing import Source
from nets.errors import OutputError, UnreadableError, UsageError
from nets.interface.file_lock import lock_file
from nets.interface.statuses import HANDLED, Status
from nets.interface.text import printable
from nets.io.files import not_written
from nets.io.fingerprint import FileFingerprint
from nets.io.report import InputEntry

Key = tuple[str, int]  # path, and frame: NO_FRAME for a photo
NO_FRAME = -1
SYNC_EVERY = 1.0  # seconds until a line survives a power cut; it survives the end of the process at once


class LocalFiles:
    """The photos and results that a journal can check, in folders of this machine."""

    def __init__(self, out: Path):
        self._out = out

    def fingerprint(self, path: str) -> FileFingerprint | None:
        """Return the fingerprint of a photo or movie, or None if it is gone."""
        return FileFingerprint.of(path)

    def has(self, result: str) -> bool:
        """Return whether a result is there, by its path relative to the report."""
        return (self._out / result).exists()


class Journal:
    """The journal of a run, held by one process at a time. Paths are as in the report."""

    def __init__(self, path: Path, options: dict, resume: bool, files: LocalFiles | None = None):
        """Open the journal, and with `resume` load what it holds.

        options: what the results depend on. Raises OutputError if another run holds it, and UsageError if it was begun
        with other options.
        """
        self.path, self._options, self._files = path, options, files or LocalFiles(path.parent)
        self._offsets: dict[Key, int] = {}
        self._done: set[Key] = set()
        self._synced = 0.0
        self._originals: dict[str, str] = {}  # digest of a photo's content -> path
        try:
            self._file = path.open("a+b")
        except OSError as error:
            raise not_written(error, path) from None
        if not lock_file(self._file):
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
        with suppress(OSError):  # a full disk has been reported already
            self._file.close()

    def __len__(self) -> int:
        return len(self._offsets)

    def holds(self, source: Source, frame: int | None) -> bool:
        """Return whether this picture was handled in an earlier run, its file is unchanged and its results exist."""
        return _key(printable(source.path), frame) in self._done

    def original(self, digest: str, path: str) -> str | None:
        """Return the path of an earlier photo with the same content, or None if this one is the first."""
        first = self._originals.setdefault(digest, path)
        return None if first == path else first

    def add(self, entries: Iterable[InputEntry]) -> None:
        """Append entries. Raises OutputError."""
        rows = [entry.to_json(thumbnail=True) for entry in entries]
        for row, offset in zip(rows, self._write(rows), strict=True):
            self._offsets[_key(row["path"], row.get("frame"))] = offset

    def entries(self, order: Iterable[str] = ()) -> Iterator[dict]:
        """Yield the last entry of each picture, in the order of these paths, and then those of other paths.

        Raises UnreadableError.
        """
        rank = {path: index for index, path in enumerate(order)}
        keys = sorted(self._offsets, key=lambda key: (rank.get(key[0], len(rank)), key))
        with _reading(self.path), self.path.open("rb") as file:
            for key in keys:
                file.seek(self._offsets[key])
                yield json.loads(file.readline())

    def _write(self, rows: list[dict]) -> list[int]:
        """Append lines, and return where each begins."""
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
            raise UnreadableError("not the journal of a run", self.path, "Start over without --resume") from None
        if begun_with != self._options:
            changed = ", ".join(sorted(key for key in self._options if begun_with.get(key) != self._options[key]))
            raise UsageError(f"the run was begun with other options ({changed})", self.path, "Use them, or start over")
        end = self._file.tell()
        for offset, line in _lines(self._file):
            self._remember(json.loads(line), offset)
            end = offset + len(line)
        self._file.truncate(end)

    def _remember(self, row: dict, offset: int) -> None:
        key = _key(row["path"], row.get("frame"))
        self._offsets[key] = offset
        self._done.discard(key)
        if row["status"] in HANDLED - {Status.DUPLICATE} and self._is_current(row):
            self._done.add(key)
            if row.get("digest"):
                self._originals[row["digest"]] = row["path"]

    def _is_current(self, row: dict) -> bool:
        fingerprint = self._files.fingerprint(row["path"])
        same = fingerprint and (fingerprint.bytes, fingerprint.modified) == (row.get("bytes"), row.get("modified"))
        return bool(same) and all(self._files.has(face["file"]) for face in row["faces"])


def read_journals(paths: Iterable[Path]) -> Iterator[dict]:
    """Yield the last entry of each picture in the journals of several runs, sorted by path and frame.

    Raises UnreadableError.
    """
    places: dict[Key, tuple[BinaryIO, int]] = {}
    with ExitStack() as stack:
        for path in paths:
            with _reading(path):
                file = stack.enter_context(path.open("rb"))
                file.readline()
                for offset, line in _lines(file):
                    row = json.loads(line)
                    places[_key(row["path"], row.get("frame"))] = file, offset
        for key in sorted(places):
            file, offset = places[key]
            file.seek(offset)
            yield json.loads(file.readline())


@contextmanager
def _reading(path: Path) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:
        raise UnreadableError(f"the journal cannot be read ({error})", path, "Start over without --resume") from None


def _lines(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Yield the whole lines from here on, each with its offset. The last may be cut short, because its writer died."""
    start = file.tell()
    for line in file:
        if line.endswith(b"\n"):
            yield start, line
            start += len(line)


def _key(path: str, frame: int | None) -> Key:
    return path, NO_FRAME if frame is None else frame
