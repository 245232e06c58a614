# SPDX-License-Identifier: GPL-3.0-or-later
"""The window of a clip that the network sees of one face, and how it follows the face from frame to frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.geometry.crop import SIDE_PER_BOX, Crop, landmark_box

STILL = 0.02, 0.03  # motion of the face's centre, of the crop's side, and of its log size that the crop does not follow
UPRIGHT = np.radians(12)  # a roll that the crop does not follow


@dataclass(frozen=True)
class CropWindow:
    """Where a crop lies, in the clip's pixels: its centre, its side and its roll in radians."""

    x: float
    y: float
    side: float
    roll: float

    def crop(self, size: int, reduction: int) -> Crop:
        """Return the crop, of size x size pixels, of a picture that was reduced by an integer factor."""
        shift = (reduction - 1) / 2
        centre = (self.x - shift) / reduction, (self.y - shift) / reduction
        return Crop(centre, self.side / reduction / size, size, self.roll)

    @staticmethod
    def of(landmarks: np.ndarray, roll: float) -> CropWindow:
        """Return the window of the protocol's crop (nets.geometry.crop) around landmarks (68, 3), rotated by `roll`."""
        cos, sin = np.cos(roll), np.sin(roll)
        turn = np.array([[cos, -sin], [sin, cos]])
        left, top, right, bottom = landmark_box(landmarks[:, :2].astype(np.float64) @ turn).astype(np.float64)
        x, y = turn @ ((left + right) / 2, (top + bottom) / 2)
        return CropWindow(x, y, max(SIDE_PER_BOX * (right - left + bottom - top) / 2, 4.0), roll)

    def follow(self, landmarks: np.ndarray, head_roll: float) -> CropWindow:
        """Return the window for the next frame.

        It stays while the face is almost still, and else follows with that distance: jitter or jumps of the crop would
        make the network's predictions jitter or jump.
        """
        turn = (head_roll - self.roll + np.pi) % (2 * np.pi) - np.pi
        aim = CropWindow.of(landmarks, self.roll + _excess(turn, UPRIGHT))
        apart = np.hypot(aim.x - self.x, aim.y - self.y)
        share = _excess(apart, STILL[0] * self.side) / max(apart, 1e-9)
        side = self.side * np.exp(_excess(np.log(aim.side / self.side), STILL[1]))
        return CropWindow(self.x + share * (aim.x - self.x), self.y + share * (aim.y - self.y), float(side), aim.roll)


def distance_in_faces(a: CropWindow, b: CropWindow) -> float:
    """Return the distance of two faces in face sizes."""
    return float(np.hypot(a.x - b.x, a.y - b.y) * SIDE_PER_BOX / min(a.side, b.side))


def _excess(value: float, limit: float) -> float:
    """Return by how much a value leaves [-limit, limit]."""
    return float(np.sign(value) * max(abs(value) - limit, 0))
