# SPDX-License-Identifier: GPL-3.0-or-later
"""Animated pictures as clips: GIF, WebP, PNG and AVIF with several frames, each with a duration of its own."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from nets.interface.file_kinds import suffix_of
from nets.io.clip_frame import ClipFrame, reduced
from nets.io.photo import to_rgb8

SUFFIXES = {".gif", ".webp", ".png", ".avif"}
NO_DURATION = 100  # milliseconds of a frame that tells none, as browsers show it
MILLISECONDS = 1000.0


class Animation:
    """An animated picture. The attributes are those of nets.io.clip.Clip; rate is the median frame's."""

    def __init__(self, path: Path, frames: list[np.ndarray], durations: list[int]):
        self.path, self.files, self.length = path, [path], len(frames)
        self._frames = frames
        shown = np.array([duration if duration > 0 else NO_DURATION for duration in durations]) / MILLISECONDS
        self._times = np.concatenate([[0.0], np.cumsum(shown)[:-1]])
        self.rate = float(1 / np.median(shown))
        self.size = frames[0].shape[1], frames[0].shape[0]

    def frames(self, wanted: range) -> Iterator[ClipFrame]:
        """Yield the wanted frames in order, as far as there are any, reduced to LONGEST_SIDE."""
        for index in wanted:
            if index >= self.length:
                return
            picture = to_rgb8(self._frames[index], self.path)
            yield ClipFrame(index, float(self._times[index]), *reduced(picture))


def open_animation(path: Path) -> Animation | None:
    """Open an animated picture; None for a file that shows one frame only, or cannot be read as one."""
    if suffix_of(path) not in SUFFIXES:
        return None
    try:
        good, animation = cv2.imreadanimation(str(path))
    except cv2.error:
        return None
    if not good or len(animation.frames) < 2:
        return None
    return Animation(path, list(animation.frames), np.ravel(animation.durations).tolist())
