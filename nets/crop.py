# SPDX-License-Identifier: GPL-3.0-or-later
"""The square that the network sees, and the way back into the photo.

Protocol of AFLW2000-3D: a square of side 1.6 × the mean of width and height of the tight landmark box, centred on the
box. Image space throughout: pixel centres at integers, so a square of side L centred on c covers [c - L/2, c + L/2].
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SIDE_PER_BOX = 1.6


def landmark_box(landmarks: np.ndarray) -> np.ndarray:
    """Landmarks (..., 68, 2 or 3) -> tight boxes (..., 4) float32: left, top, right, bottom."""
    xy = landmarks[..., :2]
    return np.concatenate([xy.min(-2), xy.max(-2)], -1).astype(np.float32)


@dataclass(frozen=True)
class Crop:
    """A square of the photo resized to `size` pixels: image = (left, top) + scale · (crop + 0.5)."""

    left: float  # outer edges of the square; the photo's own are at -0.5
    top: float
    scale: float  # photo pixels per crop pixel
    size: int

    @staticmethod
    def around(box: np.ndarray, size: int) -> Crop:
        left, top, right, bottom = (float(edge) for edge in box)
        side = max(SIDE_PER_BOX * ((right - left) + (bottom - top)) / 2, 1.0)
        return Crop((left + right - side) / 2, (top + bottom - side) / 2, side / size, size)

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """Crop points (..., 3) -> photo points: x and y by the affine, z by its scale. (..., 2) works too."""
        points = np.asarray(points, np.float32) * np.float32(self.scale)
        return points + self._shift(points.shape[-1])

    def to_crop(self, points: np.ndarray) -> np.ndarray:
        """Inverse of to_image."""
        points = np.asarray(points, np.float32)
        return (points - self._shift(points.shape[-1])) / np.float32(self.scale)

    def cut(self, photo: np.ndarray) -> np.ndarray:
        """(H, W, 3) uint8 -> (size, size, 3) uint8, antialiased; outside the photo its rim continues."""
        factor = self.scale
        shrink = int(2 ** np.floor(np.log2(factor))) if factor >= 2 else 1
        source, left, top = self._shrunk_region(photo, shrink)
        step = factor / shrink
        if step > 1:  # less than one octave is left: a small blur keeps its aliasing out
            source = cv2.GaussianBlur(source, (0, 0), 0.5 * np.sqrt(step**2 - 1))
        offset_x = (self.left - left) / shrink + 0.5 * step - 0.5
        offset_y = (self.top - top) / shrink + 0.5 * step - 0.5
        affine = np.array([[step, 0, offset_x], [0, step, offset_y]])
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(source, affine, (self.size, self.size), flags=flags, borderMode=cv2.BORDER_REPLICATE)

    def _shrunk_region(self, photo: np.ndarray, shrink: int) -> tuple[np.ndarray, float, float]:
        """The part of the photo round the square, reduced by whole `shrink`, and its outer corner in the photo."""
        height, width = photo.shape[:2]
        margin = 4 * shrink
        side = self.scale * self.size
        x0, x1 = (int(np.clip(edge, 0, width)) for edge in (self.left - margin, self.left + side + margin + 1))
        y0, y1 = (int(np.clip(edge, 0, height)) for edge in (self.top - margin, self.top + side + margin + 1))
        x0, y0 = min(x0, width - 1), min(y0, height - 1)
        region = photo[y0 : max(y1, y0 + 1), x0 : max(x1, x0 + 1)]
        if shrink > 1:
            pad_x, pad_y = -region.shape[1] % shrink, -region.shape[0] % shrink
            region = cv2.copyMakeBorder(region, 0, pad_y, 0, pad_x, cv2.BORDER_REPLICATE)
            size = (region.shape[1] // shrink, region.shape[0] // shrink)
            region = cv2.resize(region, size, interpolation=cv2.INTER_AREA)
        return np.ascontiguousarray(region), x0 - 0.5, y0 - 0.5

    def _shift(self, dimensions: int) -> np.ndarray:
        corner = [self.left + 0.5 * self.scale, self.top + 0.5 * self.scale, 0]
        return np.array(corner[:dimensions], np.float32)
