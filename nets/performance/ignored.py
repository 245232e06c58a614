# SPDX-License-Identifier: GPL-3.0-or-later
"""What hides a face in a clip, such as a hand or a microphone: a box, outlines that may move, or painted pictures.

The pixels under it are painted over from those around before anything looks at a frame, so that they have no say.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from nets.errors import UsageError
from nets.geometry.inpainting import push_pull
from nets.io.clip import Clip
from nets.io.clip_frame import LONGEST_SIDE, ClipFrame
from nets.io.photo import read_photo
from nets.performance.crop_window import CropWindow

WHITE = 128  # grey level from which a painted picture hides
PAINTED = 128  # pixels on each side in which the pixels under a mask are made up: the network sees as many of a face
ROUND = 0.25  # share of its size that is looked at around what is painted over
SHIFT = 4  # bits of a pixel's fraction with which outlines are drawn
SAME_FORM = 0.01  # share by which the proportions of a picture and of the clip may differ


class Ignored(Protocol):
    """What hides a face in frames first to last of a clip, both included."""

    first: int
    last: int

    def mask(self, frame: int, size: tuple[int, int], reduction: int) -> np.ndarray:
        """Return the hidden pixels (h, w) bool of a picture: the clip's frame, of `size`, reduced by a whole factor.

        size: width and height of the picture. Raises UnreadableError or UsageError.
        """


@dataclass(frozen=True)
class IgnoredBox:
    """box: (4,) left, top, right, bottom in the clip's pixels."""

    first: int
    last: int
    box: tuple[float, ...]

    def mask(self, frame: int, size: tuple[int, int], reduction: int) -> np.ndarray:
        left, top, right, bottom = self.box
        corners = np.array([[left, top], [right, top], [right, bottom], [left, bottom]])
        return _filled([corners], size, reduction)


@dataclass(frozen=True)
class IgnoredOutlines:
    """outlines: (frame, polygons (P, 2) in the clip's pixels) by rising frames; each is valid until the next one.

    What lies in an odd number of polygons is hidden.
    """

    first: int
    last: int
    outlines: tuple[tuple[int, tuple[tuple[tuple[float, float], ...], ...]], ...]

    def mask(self, frame: int, size: tuple[int, int], reduction: int) -> np.ndarray:
        started = [polygons for start, polygons in self.outlines if start <= frame]
        return _filled([np.array(each) for each in started[-1]] if started else [], size, reduction)


@dataclass(frozen=True)
class IgnoredPictures:
    """pictures: paths; the first is of the first frame, the next of the next; a single one is of all of them.

    White hides.
    """

    first: int
    last: int
    pictures: tuple[str, ...]

    def mask(self, frame: int, size: tuple[int, int], reduction: int) -> np.ndarray:
        path = Path(self.pictures[0 if len(self.pictures) == 1 else frame - self.first])
        picture = read_photo(path)
        height, width = picture.shape[:2]
        if abs(width * size[1] / (height * size[0]) - 1) > SAME_FORM:
            raise UsageError(
                f"a mask of {width} x {height} pixels does not fit a clip of {size[0] * reduction} x "
                f"{size[1] * reduction}",
                path,
                "Paint it over a frame of the clip",
            )
        return cv2.resize(picture.mean(2, dtype=np.float32), size, interpolation=cv2.INTER_NEAREST) >= WHITE

    def state(self) -> list:
        """Return what changes when the pictures do."""
        paths = [Path(path) for path in self.pictures]
        return [[path.stat().st_size, path.stat().st_mtime_ns] if path.is_file() else None for path in paths]


def read_ignored(entry: Mapping) -> Ignored:
    """Read one entry of `ignored`, see nets.interface.protocol.

    Raises UsageError, or KeyError, TypeError or ValueError for what is no entry at all.
    """
    span = int(entry["first"]), int(entry["last"])
    if "pictures" in entry:
        pictures = tuple(map(str, entry["pictures"]))
        if len(pictures) != 1 and len(pictures) < span[1] - span[0] + 1:
            text = f"{len(pictures)} mask pictures for frames {span[0]} to {span[1]}"
            raise UsageError(text, remedy="Give one for each frame, or a single one for all")
        return IgnoredPictures(*span, pictures)
    if "outlines" in entry:
        outlines = tuple((int(frame), tuple(map(_polygon, polygons))) for frame, polygons in entry["outlines"])
        return IgnoredOutlines(*span, tuple(sorted(outlines)))
    return IgnoredBox(*span, box_of(entry["box"]))


def box_of(values) -> tuple[float, ...]:
    """Read left, top, right and bottom. Raises UsageError, TypeError or ValueError."""
    box = np.array(values, np.float64).reshape(4)
    if not np.isfinite(box).all() or (box[2:] - box[:2] < 1).any():
        raise UsageError(f"the box {box.tolist()} is empty or turned round", remedy="Draw it again")
    return tuple(box.tolist())


class Masks:
    """Which pixels of a clip's frames are to be ignored. size: of the clip, width and height."""

    def __init__(self, ignored: tuple[Ignored, ...], size: tuple[int, int]):
        self._ignored = ignored
        self._reduction = -(-max(size) // LONGEST_SIDE)
        self._size = size[0] // self._reduction, size[1] // self._reduction
        self.of = lru_cache(maxsize=2)(self._mask)

    def _mask(self, frame: int) -> np.ndarray | None:
        """Return the hidden pixels (h, w) bool of a frame's picture, None if there are none."""
        shown = [each for each in self._ignored if each.first <= frame <= each.last]
        masks = [each.mask(frame, self._size, self._reduction) for each in shown]
        hidden = np.logical_or.reduce(masks) if masks else np.zeros(1, bool)
        return hidden if hidden.any() else None

    def touches(self, frame: int, window: CropWindow) -> bool:
        """Return whether a window of a frame shows hidden pixels."""
        mask = self.of(frame)
        if mask is None:
            return False
        reach = window.side / 2 * (abs(np.cos(window.roll)) + abs(np.sin(window.roll)))
        left, right, top, bottom = (
            round(max(value / self._reduction, 0))
            for value in (window.x - reach, window.x + reach, window.y - reach, window.y + reach)
        )
        return bool(mask[top : bottom + 1, left : right + 1].any())

    def paint_over(self, frame: ClipFrame) -> ClipFrame:
        """Return a frame with its hidden pixels painted over."""
        mask = None if frame.picture is None else self.of(frame.index)
        return frame if mask is None else replace(frame, picture=_painted_over(frame.picture, mask), hidden=mask)


class MaskedClip:
    """A clip whose frames have what is to be ignored painted over, see nets.io.clip.Clip."""

    def __init__(self, clip: Clip, masks: Masks):
        self.path, self.rate, self.size, self.length, self.files = (
            clip.path,
            clip.rate,
            clip.size,
            clip.length,
            clip.files,
        )
        self._clip, self._masks = clip, masks

    def frames(self, wanted: range) -> Iterator[ClipFrame]:
        return map(self._masks.paint_over, self._clip.frames(wanted))


def _filled(polygons: list[np.ndarray], size: tuple[int, int], reduction: int) -> np.ndarray:
    """Return the pixels (h, w) bool of a reduced picture in an odd number of polygons (P, 2) of the clip's pixels."""
    mask = np.zeros(size[::-1], np.uint8)
    places = [(polygon - (reduction - 1) / 2) / reduction for polygon in polygons]
    fixed = [np.rint(np.clip(each, -LONGEST_SIDE, 2 * LONGEST_SIDE) * 2**SHIFT).astype(np.int32) for each in places]
    return cv2.fillPoly(mask, fixed, 1, shift=SHIFT).astype(bool)


def _painted_over(picture: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a picture (h, w, 3) uint8 whose masked pixels (h, w) are made up smoothly from the others around them."""
    rows, columns = (np.flatnonzero(mask.any(axis)) for axis in (1, 0))
    reach = int(ROUND * max(np.ptp(rows), np.ptp(columns))) + 2
    part = tuple(slice(max(each[0] - reach, 0), each[-1] + reach + 1) for each in (rows, columns))
    seen, hidden = picture[part].astype(np.float32), mask[part]
    known = np.float32(~hidden)
    small = (PAINTED, PAINTED)
    weight = cv2.resize(known, small, interpolation=cv2.INTER_AREA)
    colour = cv2.resize(seen * known[..., None], small, interpolation=cv2.INTER_AREA)
    made_up = push_pull(colour / np.maximum(weight, 1e-6)[..., None], weight)
    made_up = cv2.resize(made_up, hidden.shape[::-1], interpolation=cv2.INTER_LINEAR)
    painted = picture.copy()
    painted[part][hidden] = np.clip(made_up[hidden] + 0.5, 0, 255).astype(np.uint8)
    return painted


def _polygon(points) -> tuple[tuple[float, float], ...]:
    places = np.array(points, np.float64).reshape(-1, 2)
    if len(places) < 3 or not np.isfinite(places).all():
        raise UsageError(f"an outline of {len(places)} points", remedy="Draw it with three points or more")
    return tuple(map(tuple, places.tolist()))
