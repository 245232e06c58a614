# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera's pictures as a movie, only where the user asked for it: a take can be baked again from it."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from nets.errors import OutputError

RATE = 30.0  # frames per second of the movie


class KeptVideo:
    """A movie that grows while the camera is on, at an even rate: a picture is repeated until the next one came."""

    def __init__(self, path: Path):
        self._path, self._written = path, 0
        self._writer: cv2.VideoWriter | None = None
        self._last: np.ndarray | None = None

    def add(self, picture: np.ndarray, time: float) -> None:
        """Add a picture (H, W, 3) uint8 BGR that came `time` seconds after the first moment. Raises OutputError."""
        if self._writer is None:
            height, width = picture.shape[:2]
            self._writer = cv2.VideoWriter(str(self._path), cv2.VideoWriter_fourcc(*"mp4v"), RATE, (width, height))
            if not self._writer.isOpened():
                raise OutputError("the video cannot be written", self._path, "Choose another file, ending in .mp4")
        if self._last is not None:
            for _ in range(round(time * RATE) - self._written):
                self._writer.write(self._last)
                self._written += 1
        self._last = picture

    def close(self) -> None:
        """Write the last picture and end the file."""
        if self._writer is not None:
            self._writer.write(self._last)
            self._writer.release()
