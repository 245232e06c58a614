# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of a tracked face on an even grid over the mean face, as it is seen from the front.

Pose, distance and place are taken off, so that two such pictures of a person differ by expression, light and noise.
"""

from __future__ import annotations

import cv2
import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.geometry.pose import Pose
from nets.io.clip_frame import ClipFrame

VIEW = (104, 88)  # pixels: rows and columns
STEP, TOP = 1.6, 46.0  # millimetres from one pixel to the next, and the canonical y of the upper edge
FINER = 2  # samples along each side of a pixel
IN_FRONT = -25.0  # millimetres, the canonical z from which a texel of the mean face tells how deep the grid lies
EVERY = 8  # pixels between those whose depth is computed
LENGTH = 100  # millimetres
AXES = np.float32([[0, 0, 0], *LENGTH * np.eye(3)])  # ends of the canonical axes
SMOOTH, BEYOND = 6.0, 40.0  # millimetres over which the depth is averaged on the face, and beyond its outline


class FaceView:
    """Cuts such pictures out. coarse: of the network's layout"""

    def __init__(self, coarse: CoarseShape):
        x, y = axes()
        surface = coarse.mean[(coarse.weights > 0.5) & (coarse.mean[..., 2] > IN_FRONT)].astype(np.float64)
        away = (x[EVERY // 2 :: EVERY, None] - surface[:, 0]) ** 2 + (
            y[EVERY // 2 :: EVERY, None, None] - surface[:, 1]
        ) ** 2
        near = np.exp(-away / (2 * SMOOTH**2)) + 1e-12 * np.exp(-away / (2 * BEYOND**2)) + 1e-300
        depth = (near @ surface[:, 2] / near.sum(-1)).astype(np.float32)
        depth = cv2.resize(depth, (VIEW[1] * FINER, VIEW[0] * FINER), interpolation=cv2.INTER_CUBIC)
        self._grid = np.stack([*np.meshgrid(*axes(FINER)), depth], -1).astype(np.float32)

    def cut_out(self, frame: ClipFrame, pose: Pose) -> np.ndarray:
        """Return the grey picture, VIEW uint8, of a face that the frame shows. pose: in the clip's pixels"""
        # The pose is affine: in single precision this takes a fifth of the time.
        origin, *ends = frame.to_picture(pose.apply(AXES))[:, :2]
        places = self._grid.reshape(-1, 3) @ ((np.stack(ends) - origin) / LENGTH) + origin
        places = places.reshape(*self._grid.shape[:2], 2)
        seen = cv2.remap(frame.picture, places, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
        return cv2.cvtColor(cv2.resize(seen, VIEW[::-1], interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)


def axes(finer: int = 1) -> tuple[np.ndarray, np.ndarray]:
    """Return the canonical x of the columns and the y of the rows, millimetres, of a grid so many times finer."""
    rows, columns = (finer * np.array(VIEW)).tolist()
    step = STEP / finer
    return (np.arange(columns) + 0.5 - columns / 2) * step, TOP - (np.arange(rows) + 0.5) * step
