# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths of photos, folders and videos -> a stream of pictures, one in memory at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from nets.errors import CaptureError, UnreadableError
from nets.photo import SUFFIXES, read_photo
from nets.read_ahead import read_ahead

VIDEO_SUFFIXES = {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".mts"}


@dataclass(frozen=True)
class Picture:
    """A photo or a video's frame as it was read, or the error that came instead."""

    path: Path
    name: str  # stem of its results, unique within a run
    photo: np.ndarray | None  # (H, W, 3) uint8 RGB
    error: CaptureError | None = None
    frame: int | None = None  # of a video, from 0
    read_ms: float = 0.0


def expand(paths: Iterable[str | Path]) -> list[Path]:
    """Folders give way to the photos and videos in them, sorted; everything else stays as it is."""
    files: list[Path] = []
    for path in map(Path, paths):
        try:
            inside = sorted(p for p in path.iterdir() if p.suffix.lower() in SUFFIXES | VIDEO_SUFFIXES and p.is_file())
        except OSError:  # not a folder, or not ours to look into: reading it will tell
            inside = []
        files += inside or [path]
    return files


def read_pictures(files: Iterable[Path]) -> Iterator[Picture]:
    """Reads one after the other, the next while the last is worked on."""
    return read_ahead(_read_in_turn(files))


def _read_in_turn(files: Iterable[Path]) -> Iterator[Picture]:
    taken: set[str] = set()
    for path in files:
        name = unique(path.stem, taken)
        if path.suffix.lower() in VIDEO_SUFFIXES:
            yield from _read_frames(path, name)
        else:
            start = perf_counter()
            try:
                photo, error = read_photo(path), None
            except CaptureError as caught:
                photo, error = None, caught
            except MemoryError:
                photo, error = None, UnreadableError("not enough memory for this photo", path, "Save it smaller")
            yield Picture(path, name, photo, error, read_ms=(perf_counter() - start) * 1e3)


def _read_frames(path: Path, name: str) -> Iterator[Picture]:
    video = cv2.VideoCapture(str(path))
    frame = 0
    try:
        while True:
            start = perf_counter()
            good, image = video.read()
            if not good:
                break
            photo = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
            yield Picture(path, f"{name}_{frame:06d}", photo, frame=frame, read_ms=(perf_counter() - start) * 1e3)
            frame += 1
    finally:
        video.release()
    if frame == 0:
        reason = "not a video that can be decoded" if path.is_file() else "no such file"
        yield Picture(path, name, None, UnreadableError(reason, path, "Convert it to H.264 in an MP4 file"))


def unique(stem: str, taken: set[str]) -> str:
    """`stem`, numbered if another input of the run has it already (a.jpg beside a.png)."""
    name, count = stem, 2
    while name.casefold() in taken:
        name, count = f"{stem}-{count}", count + 1
    taken.add(name.casefold())
    return name
