# SPDX-License-Identifier: GPL-3.0-or-later
"""Polygons of a UV layout painted into its texture."""

from __future__ import annotations

import cv2
import numpy as np

SHIFT = 4  # fractional bits of the corners that OpenCV is given


def corners_in_texture(uv: np.ndarray, size: int) -> np.ndarray:
    """Return places uv (..., 2), v up, in a texture of that size as fixed-point corners (..., 2) int32 for OpenCV."""
    return np.round((uv * (size, -size) + (-0.5, size - 0.5)) * 2**SHIFT).astype(np.int32)


def fill_quads(picture: np.ndarray, uv: np.ndarray, values: np.ndarray) -> None:
    """Paint quads uv (Q, 4, 2) into a square picture (S, S, …), each with its value (Q, …)."""
    for quad, value in zip(corners_in_texture(uv, len(picture)), values.tolist(), strict=True):
        cv2.fillConvexPoly(picture, quad, value, shift=SHIFT)
