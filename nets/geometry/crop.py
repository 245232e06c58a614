# SPDX-License-Identifier: GPL-3.0-or-later
"""The square of a photo that the network sees, and the way back into the photo.

Crops follow the protocol of AFLW2000-3D: a square of side 1.6 × the mean of width and height of the tight landmark box,
centred on the box. All coordinates are in image space, with pixel centres at integers: a square of side L centred on c
covers [c - L/2, c + L/2].
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

SIDE_PER_BOX = 1.6


def landmark_box(landmarks: np.ndarray) -> np.ndarray:
    """Return the tight boxes (..., 4) float32 of landmarks (..., 68, 2 or 3): left, top, right, bottom."""
    xy = landmarks[..., :2]
    return np.concatenate([xy.min(-2), xy.max(-2)], -1).astype(np.float32)


@dataclass(frozen=True)
class Crop:
    """A square of the photo, turned by `roll`, as `size` x `size` pixels.

    image = centre + scale · turn(roll) @ (crop - (size - 1) / 2). By the protocol the roll is 0; a face that lies on
    its side is extracted upright by its roll, in radians, clockwise as the viewer sees it.
    """

    centre: tuple[float, float]
    scale: float  # photo pixels per crop pixel
    size: int
    roll: float = 0.0

    @staticmethod
    def around(box: np.ndarray, size: int, roll: float = 0.0) -> Crop:
        """Return the protocol's crop around a box (4,)."""
        left, top, right, bottom = (float(edge) for edge in box)
        side = max(SIDE_PER_BOX * ((right - left) + (bottom - top)) / 2, 1.0)
        return Crop(((left + right) / 2, (top + bottom) / 2), side / size, size, roll)

    def to_image(self, points: np.ndarray) -> np.ndarray:
        """Transform crop points (..., 2 or 3) into the photo; z is only scaled."""
        dimensions = points.shape[-1]
        turn, centre = self._parts(dimensions)
        flat = np.asarray(points, np.float32).reshape(-1, 1, dimensions)
        if flat.size:  # OpenCV takes no empty arrays, but a tenth of numpy's time for a matrix that small.
            matrix = np.float32(self.scale) * turn
            flat = cv2.transform(flat, np.column_stack([matrix, -matrix @ self._middle(dimensions)]))
            flat = cv2.add(flat, (*centre.tolist(), 0.0, 0.0)[:4])  # at last: it may be large, and would cost digits
        return flat.reshape(points.shape)

    def to_crop(self, points: np.ndarray) -> np.ndarray:
        """Transform points of the photo (..., 2 or 3) into the crop: the inverse of to_image."""
        turn, centre = self._parts(points.shape[-1])
        return (np.asarray(points, np.float32) - centre) @ (turn / np.float32(self.scale)) + self._middle(
            points.shape[-1]
        )

    def extract(self, photo: np.ndarray) -> np.ndarray:
        """Return the crop's pixels (size, size, 3) uint8 from a photo (H, W, 3) uint8, antialiased.

        Outside the photo its border pixels are repeated.
        """
        reach = self.scale * self.size / 2 * (abs(np.cos(self.roll)) + abs(np.sin(self.roll)))
        low, high = (np.array(self.centre) + sign * reach for sign in (-1, 1))
        shrink = 1 << int(np.log2(max(self.scale, 1)))
        region, origin = shrunk_region(photo, low, high, shrink)
        step = self.scale / shrink
        if step > 1:  # less than one octave is left: a small blur keeps its aliasing out
            region = cv2.GaussianBlur(region, (0, 0), 0.5 * np.sqrt(step**2 - 1) + 1e-3)
        turn, centre = self._parts(2)
        matrix = step * turn
        offset = (centre - origin) / shrink - 0.5 - matrix @ self._middle(2)
        affine = np.concatenate([matrix, offset[:, None]], 1)
        flags = cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP
        return cv2.warpAffine(region, affine, (self.size, self.size), flags=flags, borderMode=cv2.BORDER_REPLICATE)

    def _parts(self, dimensions: int) -> tuple[np.ndarray, np.ndarray]:
        cos, sin = np.cos(self.roll), np.sin(self.roll)
        turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]], np.float32)
        return turn[:dimensions, :dimensions], np.array([*self.centre, 0], np.float32)[:dimensions]

    def _middle(self, dimensions: int) -> np.ndarray:
        middle = (self.size - 1) / 2
        return np.array([middle, middle, 0], np.float32)[:dimensions]


def unmirrored(position_maps: np.ndarray, size: int) -> np.ndarray:
    """Turn position maps (..., S, S, 3) of mirrored crops of that many pixels into maps of the crops themselves.

    The layout is symmetric: the mirrored face's left half is this face's right half.
    """
    maps = position_maps[..., ::-1, :].copy()
    np.subtract(np.float32(size - 1), maps[..., 0], out=maps[..., 0])
    return maps


def shrunk_region(photo: np.ndarray, low: np.ndarray, high: np.ndarray, shrink: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the part of a photo from `low` to `high` (x, y) with a margin, shrunk by an integer factor.

    Also returns the outer corner o (2,) of its first pixel: pixel r is centred on o + shrink · (r + 0.5).
    """
    end = np.array([photo.shape[1], photo.shape[0]])
    x0, y0 = np.clip(np.floor(low) - 4 * shrink, 0, end - 1).astype(int)
    x1, y1 = np.clip(np.ceil(high) + 4 * shrink + 1, (x0 + 1, y0 + 1), end).astype(int)
    region = photo[y0:y1, x0:x1]
    if shrink > 1:
        pad_y, pad_x = -region.shape[0] % shrink, -region.shape[1] % shrink
        region = cv2.copyMakeBorder(region, 0, pad_y, 0, pad_x, cv2.BORDER_REPLICATE)
        size = (region.shape[1] // shrink, region.shape[0] // shrink)
        region = cv2.resize(region, size, interpolation=cv2.INTER_AREA)
    return np.ascontiguousarray(region), np.array([x0 - 0.5, y0 - 0.5], np.float32)
