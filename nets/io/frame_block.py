# SPDX-License-Identifier: GPL-3.0-or-later
"""Frames of a clip in any order: neighbours are read together, because finding a place in a movie is slow."""

from __future__ import annotations

from functools import lru_cache

from nets.io.clip import Clip
from nets.io.clip_frame import ClipFrame

MOST = 64  # frames of a block
BYTES = 150_000_000  # of the pictures of a block; two blocks are in memory


class FrameBlocks:
    """The frames of a clip by their index."""

    def __init__(self, clip: Clip):
        self._clip = clip
        width, height = clip.size
        self._length = min(max(BYTES // (3 * width * height), 1), MOST)
        self._block = lru_cache(maxsize=2)(self._read)

    def frame(self, index: int) -> ClipFrame:
        """Return a frame; without a picture if there is none."""
        found = self._block(index // self._length).get(index)
        return found or ClipFrame(index, 0.0, None, fault="there is no such frame")

    def _read(self, number: int) -> dict[int, ClipFrame]:
        wanted = range(number * self._length, (number + 1) * self._length)
        return {frame.index: frame for frame in self._clip.frames(wanted)}
