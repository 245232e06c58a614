# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of photos and videos -> a stream of pictures, one or two in memory at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import cv2
import numpy as np

from nets.errors import CaptureError, UnreadableError
from nets.io.files import is_text
from nets.io.photo import SUFFIXES, decode_photo, read_bytes
from nets.io.read_ahead import read_ahead

VIDEO_SUFFIXES = {".mp4", ".m4v", ".mov", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".wmv", ".mts"}


@dataclass(frozen=True)
class Picture:
    """A photo or a video's frame as it was read, or the error that came instead."""

    path: Path
    photo: np.ndarray | None  # (H, W, 3) uint8 RGB
    error: CaptureError | None = None
    frame: int | None = None  # of a video, from 0
    read_ms: float = 0.0


@dataclass(frozen=True)
class Fetched:
    """A picture that is still to be decoded: an image file's bytes (n,) uint8, or a video's frame (H, W, 3) uint8
    RGB, or the error that came instead."""

    path: Path
    content: np.ndarray | None
    error: CaptureError | None = None
    frame: int | None = None
    ms: float = 0.0

    def decode(self) -> Picture:
        start, photo, error = perf_counter(), self.content, self.error
        if photo is not None and self.frame is None:
            try:
                photo = decode_photo(self.content, self.path)
            except CaptureError as caught:
                photo, error = None, caught
            except MemoryError:
                photo, error = None, UnreadableError("not enough memory for this photo", self.path, "Save it smaller")
        return Picture(self.path, photo, error, self.frame, self.ms + (perf_counter() - start) * 1e3)


def expand(paths: Iterable[str | Path]) -> list[Path]:
    """Folders give way to the photos and videos in them, sorted; everything else stays as it is."""
    files: list[Path] = []
    for path in map(Path, paths):
        try:
            inside = sorted(each for each in path.iterdir() if is_wanted(each) and each.is_file())
        except OSError:  # not a folder, or not ours to look into: reading it will tell
            inside = []
        files += inside or [path]
    return files


def is_wanted(path: str | Path) -> bool:
    """Whether it is a photo or a video by its name."""
    return os.path.splitext(path)[1].lower() in SUFFIXES | VIDEO_SUFFIXES


def is_video(path: str | Path) -> bool:
    return os.path.splitext(path)[1].lower() in VIDEO_SUFFIXES


def read_pictures(files: Iterable[Path]) -> Iterator[Picture]:
    """Reads one after the other, the next while the last is worked on."""
    return read_ahead(fetched.decode() for path in files for fetched in fetch(path))


def fetch(path: str | Path) -> Iterator[Fetched]:
    """The photo, or the frames of the video, or one error."""
    path = Path(path)
    if is_video(path):
        yield from _fetch_frames(path)
        return
    start = perf_counter()
    try:
        content, error = read_bytes(path), None
    except CaptureError as caught:
        content, error = None, caught
    yield Fetched(path, content, error, ms=(perf_counter() - start) * 1e3)


def _fetch_frames(path: Path) -> Iterator[Fetched]:
    if not is_text(path):  # OpenCV would bring the process down
        yield Fetched(path, None, UnreadableError("the name of this video is not text", path, "Rename it"))
        return
    video = cv2.VideoCapture(str(path))
    frame = 0
    try:
        while True:
            start = perf_counter()
            good, image = video.read()
            if not good:
                break
            photo = cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
            yield Fetched(path, photo, frame=frame, ms=(perf_counter() - start) * 1e3)
            frame += 1
    finally:
        video.release()
    if frame == 0:
        reason = "not a video that can be decoded" if path.is_file() else "no such file"
        yield Fetched(path, None, UnreadableError(reason, path, "Convert it to H.264 in an MP4 file"))


def unique(stem: str, taken: set[str]) -> str:
    """`stem`, numbered if another input of the run has it already (a.jpg beside a.png)."""
    name, count = stem, 2
    while name.casefold() in taken:
        name, count = f"{stem}-{count}", count + 1
    taken.add(name.casefold())
    return name
