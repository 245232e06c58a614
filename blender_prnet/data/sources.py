# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be baked: clips, and the parts of them that a timeline shows. No bpy."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np

from .timing import Keyframes, Segment, keyframes_by_time, keyframes_of_segments

IMAGE_SUFFIXES = {".bmp", ".exr", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


class SourceError(Exception):
    """A strip or file cannot be baked. The message says what the user can do."""


@dataclass(frozen=True)
class ClipFiles:
    """paths: a movie, or the images of a sequence in order."""

    paths: tuple[Path, ...]
    is_images: bool

    @property
    def name(self) -> str:
        return self.paths[0].name

    def as_source(self) -> dict:
        """The `source` of a track request."""
        if self.is_images:
            return {"paths": [str(path) for path in self.paths]}
        return {"path": str(self.paths[0])}


@dataclass(frozen=True)
class Take:
    """A clip and when it plays: in `segments` of the timeline, or whole from scene frame `start` on without any.

    until: the last clip frame wanted, None for all.
    """

    clip: ClipFiles
    segments: tuple[Segment, ...] = ()
    start: int = 1
    until: int | None = None

    def frames(self) -> tuple[int, int, int] | None:
        """The clip frames wanted as first, last, step; None for all."""
        if not self.segments:
            return None if self.until is None else (0, self.until, 1)
        ranges = np.array([segment.clip_range() for segment in self.segments])
        first, last = int(ranges.min()), int(ranges.max())
        return first, last if self.until is None else min(last, self.until), 1

    def keys(self, frame: np.ndarray, time: np.ndarray, scene_rate: float) -> Keyframes:
        """Where the frames (F,) of the clip, shown at time (F,) in seconds, go in a scene of this rate."""
        if self.segments:
            return keyframes_of_segments(self.segments, frame)
        if self.clip.is_images:  # which have no rate of their own: one image is one frame
            time = frame / scene_rate
        return keyframes_by_time(self.start, time, scene_rate)

    def starts(self) -> list[int]:
        """The scene frames at which the clip comes on."""
        return sorted(int(segment.start) for segment in self.segments) or [self.start]

    def shortened(self, until: int) -> "Take":
        return replace(self, until=until)


def takes_of_files(paths: Iterable[str | Path], start: int) -> list[Take]:
    """Movies, each for itself; images together as one sequence, of which one alone stands for its numbered fellows.

    Raises SourceError.
    """
    paths = [Path(path) for path in paths]
    if missing := [path for path in paths if not path.is_file()]:
        raise SourceError(f"{missing[0]} does not exist")
    images = sorted(filter(_is_image, paths), key=_natural)
    clips = [clip_of_file(path) for path in paths if path not in images]
    if images:
        clips.append(clip_of_file(images[0]) if len(images) == 1 else ClipFiles(tuple(images), True))
    if not clips:
        raise SourceError("No clip chosen: choose movies, or the images of a sequence")
    return [Take(clip, start=start) for clip in clips]


def clip_of_file(path: Path) -> ClipFiles:
    """A movie; an image with its numbered fellows."""
    return ClipFiles(tuple(_numbered_like(path)), True) if _is_image(path) else ClipFiles((path,), False)


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES


def _numbered_like(image: Path) -> list[Path]:
    """The images beside `image` whose names differ in the last number only, from it on."""
    match = re.fullmatch(r"(.*?)(\d+)(\D*)", image.name)
    if not match:
        return [image]
    head, _, tail = match.groups()
    pattern = re.compile(re.escape(head) + r"(\d+)" + re.escape(tail))
    fellows = [path for path in image.parent.iterdir() if pattern.fullmatch(path.name)]
    return sorted((path for path in fellows if _natural(path) >= _natural(image)), key=_natural)


def _natural(path: Path) -> list:
    """Numbers in names are compared as numbers."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)]
