# SPDX-License-Identifier: GPL-3.0-or-later
"""The points of a face that users pin, by numbers: the 68 landmarks, and the texels of the UV layout.

Number 0 to 67 is a landmark in iBUG order; FIRST_TEXEL + SIDE * row + column is a texel.
"""

import numpy as np

from .landmarks68 import MIRROR

LANDMARKS, FIRST_TEXEL, SIDE = len(MIRROR), 1000, 256
END = FIRST_TEXEL + SIDE * SIDE


def are_points(numbers: np.ndarray) -> np.ndarray:
    """Return which numbers (K,) are those of points, (K,) bool."""
    return ((numbers >= 0) & (numbers < LANDMARKS)) | ((numbers >= FIRST_TEXEL) & (numbers < END))


def numbers_of(places: np.ndarray) -> np.ndarray:
    """Return the numbers (K,) of the texels at places (K, 2) of the layout, u, and v down, both from 0 to 1."""
    column, row = np.clip(np.floor(places * SIDE), 0, SIDE - 1).astype(int).T
    return FIRST_TEXEL + SIDE * row + column


def texels_of(numbers: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Return row and column (K, 2) of points (K,); landmarks: (68, 2), row and column of the layout's landmarks."""
    is_landmark = numbers < LANDMARKS
    texels = np.stack(np.divmod(np.where(is_landmark, 0, numbers - FIRST_TEXEL), SIDE), 1)
    return np.where(is_landmark[:, None], landmarks[np.where(is_landmark, numbers, 0)], texels)


def mirrored(number: int) -> int:
    """Return the point's counterpart on the face's other side."""
    if number < LANDMARKS:
        return int(MIRROR[number])
    row, column = divmod(number - FIRST_TEXEL, SIDE)
    return FIRST_TEXEL + SIDE * row + SIDE - 1 - column
