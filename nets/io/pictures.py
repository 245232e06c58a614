# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos and movies as a stream of pictures, one or two in memory at a time."""

from __future__ import annotations

import os
import traceback
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import numpy as np

from nets.errors import CaptureError, UnreadableError
from nets.interface.file_kinds import is_movie, why_not_photo_or_movie
from nets.interface.folder_listing import walk_folder
from nets.io.movie import ALL_FRAMES, Movie
from nets.io.photo import decode_photo, read_bytes
from nets.io.read_ahead import read_ahead


@dataclass(frozen=True)
class Picture:
    """A photo or a movie's frame as it was read, or the error that came instead."""

    path: Path
    photo: np.ndarray | None  # (H, W, 3) uint8 RGB
    error: CaptureError | None = None
    frame: int | None = None  # of a movie, from 0
    read_ms: float = 0.0
    focal: float | None = None  # focal length in pixels, if the photo's file tells it


@dataclass(frozen=True)
class Fetched:
    """A picture before it is decoded.

    content: an image file's bytes (n,) uint8, or a movie's frame (H, W, 3) uint8 RGB; None if it cannot be read;
    error: the reason; frame: of a movie, from 0; ms: time that it took.
    """

    path: Path
    content: np.ndarray | None
    error: CaptureError | None = None
    frame: int | None = None
    ms: float = 0.0

    def decode(self) -> Picture:
        """Return the picture; any error is part of it."""
        start, photo, error, focal = perf_counter(), self.content, self.error, None
        if photo is not None and self.frame is None:
            try:
                photo, focal = decode_photo(self.content, self.path)
            except CaptureError as caught:
                photo, error = None, caught
            except MemoryError:
                photo, error = None, UnreadableError("not enough memory for this photo", self.path, "Save it smaller")
            except Exception as caught:
                traceback.print_exc()
                photo, error = None, CaptureError(f"unexpected error: {caught!r}", self.path)
        return Picture(self.path, photo, error, self.frame, self.ms + (perf_counter() - start) * 1e3, focal)


def expand(paths: Iterable[str | Path]) -> list[Path]:
    """Return the paths with each folder replaced by the photos and movies in it, sorted.

    A folder that holds none stays, so that reading it reports what is wrong. Subfolders are left out.
    """
    files: list[Path] = []
    for path in map(Path, paths):
        inside = []
        if os.path.isdir(path):
            inside = [Path(each.path) for each in walk_folder(path, why_not_photo_or_movie) if not each.reason]
        files += inside or [path]
    return files


def read_pictures(files: Iterable[Path]) -> Iterator[Picture]:
    """Read one picture after the other, each in another thread while the one before is worked on."""
    return read_ahead(fetched.decode() for path in files for fetched in fetch(path))


def read_picture(path: Path, frame: int | None = None) -> Picture:
    """Read a photo, or one frame of a movie. Raises UnreadableError."""
    wanted = ALL_FRAMES if frame is None else range(frame, frame + 1)
    picture = next((fetched.decode() for fetched in fetch(path, wanted)), None)
    if picture is None:
        raise UnreadableError(f"the movie has no frame {frame}", path)
    if picture.error:
        raise picture.error
    return picture


def fetch(path: str | Path, frames: range = ALL_FRAMES) -> Iterator[Fetched]:
    """Yield the photo, or these frames of the movie, or one error."""
    path = Path(path)
    if is_movie(path):
        yield from _fetch_frames(path, frames)
    else:
        yield _fetch_photo(path)


def _fetch_photo(path: Path) -> Fetched:
    start = perf_counter()
    try:
        content, error = read_bytes(path), None
    except CaptureError as caught:
        content, error = None, caught
    return Fetched(path, content, error, ms=(perf_counter() - start) * 1e3)


def _fetch_frames(path: Path, frames: range) -> Iterator[Fetched]:
    start = perf_counter()
    try:
        for index, _, picture in Movie(path).pictures(frames):
            yield Fetched(path, picture, frame=index, ms=(perf_counter() - start) * 1e3)
            start = perf_counter()
    except UnreadableError as error:
        yield Fetched(path, None, error)
