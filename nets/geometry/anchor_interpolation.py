# SPDX-License-Identifier: GPL-3.0-or-later
"""Interpolation of values that a network predicts at the layout's anchors over the whole face."""

import cv2
import numpy as np

from nets.geometry.uv_layout import SIZE, UVLayout

NEAREST = 4  # anchors on which a texel's value depends
COARSE = 64  # texels along each side of the grid on which values are computed


class AnchorInterpolator:
    """Interpolates from the anchors to every texel, by inverse squared distance on the mean face's surface."""

    def __init__(self, layout: UVLayout):
        if not len(layout.anchors):
            return
        step = SIZE // COARSE
        texels = layout.mean[step // 2 :: step, step // 2 :: step].reshape(-1, 3)
        row, column = layout.anchors.round().astype(int).T
        distance = np.linalg.norm(texels[:, None] - layout.mean[row, column], axis=2)
        self._nearest = np.argpartition(distance, NEAREST, 1)[:, :NEAREST]
        weights = 1 / (np.take_along_axis(distance, self._nearest, 1) + 1) ** 2
        self._weights = weights / weights.sum(1, keepdims=True)

    def interpolate(self, values: np.ndarray) -> np.ndarray:
        """Return values (P,) at the anchors as a map (256, 256) float32; NaN if the network predicts none (P = 0)."""
        if not len(values):
            return np.full((SIZE, SIZE), np.nan, np.float32)
        coarse = (values[self._nearest] * self._weights).sum(1).reshape(COARSE, COARSE)
        return cv2.resize(coarse.astype(np.float32), (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
