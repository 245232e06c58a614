# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be baked: clips, and the parts of them that a timeline shows."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path

import numpy as np

from ..interface import has_uneven_frames
from .timing import Keyframes, Segment, keyframes_by_time, keyframes_of_segments

IMAGE_SUFFIXES = {".bmp", ".exr", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp"}


class SourceError(Exception):
    """A strip or file cannot be baked. The message says what the user can do."""


@dataclass(frozen=True)
class ClipFiles:
    """The files of a clip: a movie, or the images of a sequence in order."""

    paths: tuple[Path, ...]
    is_images: bool

    @property
    def name(self) -> str:
        return self.paths[0].name

    @cached_property
    def is_uneven(self) -> bool:
        """Whether it is a movie whose frames come unevenly, as far as its file tells."""
        return not self.is_images and has_uneven_frames(self.paths[0])

    def as_source(self) -> dict:
        """Return the `source` of a track request."""
        if self.is_images:
            return {"paths": [str(path) for path in self.paths]}
        return {"path": str(self.paths[0])}


@dataclass(frozen=True)
class Take:
    """A clip and when it plays.

    segments: the parts of the timeline that show it; without any, the whole clip is played from scene frame `start` on
    until: the last clip frame that is wanted; None for all
    """

    clip: ClipFiles
    segments: tuple[Segment, ...] = ()
    start: int = 1
    until: int | None = None

    def frames(self) -> tuple[int, int, int] | None:
        """Return the clip frames that are wanted as first, last, step; None for all."""
        if not self.segments:
            return None if self.until is None else (0, self.until, 1)
        ranges = np.array([segment.clip_range() for segment in self.segments])
        first, last = int(ranges.min()), int(ranges.max())
        if self.clip.is_uneven:
            first = 0  # Blender's count runs ahead of the frames' own numbers
        return first, last if self.until is None else min(last, self.until), 1

    def keys(self, frame: np.ndarray, time: np.ndarray, scene_rate: float) -> Keyframes:
        """Return where the frames of the clip go in a scene.

        frame: (F,), index in the clip, or where Blender counts it; time: (F,) float64, seconds from the clip's
        beginning; scene_rate: frames per second
        """
        if self.segments:
            return keyframes_of_segments(self.segments, frame)
        if self.clip.is_images:  # images have no rate of their own: one image is one frame
            time = frame / scene_rate
        return keyframes_by_time(self.start, time, scene_rate)

    def starts(self) -> list[int]:
        """Return the scene frames at which the clip begins to be shown."""
        return sorted(int(segment.start) for segment in self.segments) or [self.start]

    def shortened(self, until: int) -> "Take":
        """Return this take with `until` as its last clip frame."""
        return replace(self, until=until)


def takes_of_files(paths: Iterable[str | Path], start: int) -> list[Take]:
    """Return a take per movie, and one for all images together.

    A single image stands for the numbered sequence that it belongs to. Raises SourceError.
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


def clip_message(take: Take, chosen: list[int]) -> dict:
    """Return a clip of a merge request. chosen: the frames that count; none: they are chosen."""
    return {"source": take.clip.as_source(), "frames": take.frames(), "chosen": chosen}


def frame_numbers(text: str) -> list[int]:
    """Read numbers of frames that commas or spaces divide. Raises SourceError."""
    parts = text.replace(",", " ").split()
    if not all(part.isdecimal() for part in parts):
        raise SourceError(f"Frames of the Clip is {text!r}: write numbers of its frames, from 0, such as 12, 40, 77")
    return [int(part) for part in parts]


def clip_of_file(path: Path) -> ClipFiles:
    """Return the clip that a file belongs to: a movie, or the numbered sequence from this image on."""
    return ClipFiles(tuple(_numbered_like(path)), True) if _is_image(path) else ClipFiles((path,), False)


def _is_image(path: Path) -> bool:
    return path.suffix.lower() in IMAGE_SUFFIXES


def _numbered_like(image: Path) -> list[Path]:
    """Return `image` and the images in its folder that have the same name with a higher last number."""
    match = re.fullmatch(r"(.*?)(\d+)(\D*)", image.name)
    if not match:
        return [image]
    head, _, tail = match.groups()
    pattern = re.compile(re.escape(head) + r"(\d+)" + re.escape(tail))
    sequence = [path for path in image.parent.iterdir() if pattern.fullmatch(path.name)]
    return sorted((path for path in sequence if _natural(path) >= _natural(image)), key=_natural)


def _natural(path: Path) -> list:
    """Return a sorting key that compares the numbers in names as numbers."""
    return [int(part) if part.isdigit() else part for part in re.split(r"(\d+)", path.name)]
