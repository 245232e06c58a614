# SPDX-License-Identifier: GPL-3.0-or-later
"""Filling of unknown texels from the known ones around them."""

import cv2
import numpy as np


def push_pull(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Extend values (n, n, C) smoothly from where weights (n, n) are high to where they are 0.

    Gortler et al., The Lumigraph, SIGGRAPH 1996, section 3.4.
    """
    levels = [(values.astype(np.float32), np.minimum(weights, 1).astype(np.float32))]
    while len(levels[-1][1]) > 1:
        value, weight = levels[-1]
        half = (len(weight) // 2,) * 2
        total = cv2.resize(weight, half, interpolation=cv2.INTER_AREA)
        mean = cv2.resize(value * weight[..., None], half, interpolation=cv2.INTER_AREA).reshape(*half, -1)
        levels.append((mean / np.maximum(total, 1e-8)[..., None], np.minimum(4 * total, 1)))
    result = levels.pop()[0]
    for value, weight in reversed(levels):
        coarse = cv2.resize(result, weight.shape[::-1], interpolation=cv2.INTER_LINEAR).reshape(value.shape)
        result = weight[..., None] * value + (1 - weight[..., None]) * coarse
    return result
