# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip's frames in time, from a movie, an animated picture or a sequence of images."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Protocol

from nets.errors import UsageError
from nets.interface.file_kinds import is_movie
from nets.io.animation import open_animation
from nets.io.clip_frame import ClipFrame
from nets.io.image_sequence import ImageSequence
from nets.io.movie import Movie


class Clip(Protocol):
    """A movie or an image sequence.

    path: for messages and names; rate: frames per second; size: width and height as shown; length: number of frames
    that it announces, at least 1; files: the movie, or the images.
    """

    path: Path
    rate: float
    size: tuple[int, int]
    length: int
    files: list[Path]

    def frames(self, wanted: range) -> Iterator[ClipFrame]:
        """Yield the wanted frames in order, as far as there are any."""


def open_clip(paths: list[str | Path]) -> Clip:
    """Open a movie, an animated picture, or the images of a sequence in order. Raises UnreadableError."""
    paths = [Path(path) for path in paths]
    if not paths:
        raise UsageError("no clip was named", remedy="Choose a movie or the images of a sequence")
    if len(paths) == 1 and is_movie(paths[0]):
        return Movie(paths[0])
    animation = open_animation(paths[0]) if len(paths) == 1 else None
    return animation or ImageSequence(paths)
