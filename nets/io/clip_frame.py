# SPDX-License-Identifier: GPL-3.0-or-later
"""One frame of a clip: its picture, its time, and where the picture's pixels lie in the clip."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

LONGEST_SIDE = 4096  # pixels of a frame; larger ones are reduced by a whole factor: the face is seen at 128 pixels


@dataclass(frozen=True)
class ClipFrame:
    """A frame of a clip.

    index: from 0 in the clip; time: seconds; picture: (H, W, 3) uint8 RGB, the clip's frame reduced by a whole factor,
    or None if it cannot be read; fault: the reason; hidden: (H, W) bool, its pixels that are to be ignored, if any.
    """

    index: int
    time: float
    picture: np.ndarray | None
    reduction: int = 1
    fault: str = ""
    hidden: np.ndarray | None = None

    def to_clip(self, points: np.ndarray) -> np.ndarray:
        """Convert points (..., 3) of the picture into the clip's own pixels; depth scales along."""
        shift = (self.reduction - 1) / 2
        return (points * self.reduction + np.float32([shift, shift, 0])).astype(np.float32)

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """Convert points (..., 3) of the clip into the picture's pixels; the inverse of to_clip."""
        shift = (self.reduction - 1) / 2
        return ((points - np.float32([shift, shift, 0])) / self.reduction).astype(np.float32)

    def hides(self, points: np.ndarray) -> np.ndarray:
        """Return which points (..., 3) of the clip lie on pixels that are to be ignored, (...) bool."""
        if self.hidden is None:
            return np.zeros(points.shape[:-1], bool)
        column, row = np.moveaxis(np.rint(self.to_picture(points)[..., :2]).astype(int), -1, 0)
        height, width = self.hidden.shape
        inside = (row >= 0) & (row < height) & (column >= 0) & (column < width)
        return inside & self.hidden[row.clip(0, height - 1), column.clip(0, width - 1)]


def reduced(image: np.ndarray) -> tuple[np.ndarray, int]:
    """Return the picture with its longest side within LONGEST_SIDE, and the whole factor by which it was reduced."""
    factor = -(-max(image.shape[:2]) // LONGEST_SIDE)
    if factor > 1:
        height, width = (side // factor for side in image.shape[:2])
        image = cv2.resize(image[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)
    return image, factor
