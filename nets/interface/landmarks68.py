# SPDX-License-Identifier: GPL-3.0-or-later
"""The 68 landmarks in iBUG order: the 300-W data set's numbers, but counted from 0."""

import numpy as np

# Parts of the face: first landmark, last landmark plus one, and whether the part is a closed ring
JAW, RIGHT_BROW, LEFT_BROW = (0, 17, False), (17, 22, False), (22, 27, False)
RIDGE, NOSTRILS = (27, 31, False), (31, 36, False)
RIGHT_EYE, LEFT_EYE, OUTER_LIPS, INNER_LIPS = (36, 42, True), (42, 48, True), (48, 60, True), (60, 68, True)
PARTS = (JAW, RIGHT_BROW, LEFT_BROW, RIDGE, NOSTRILS, RIGHT_EYE, LEFT_EYE, OUTER_LIPS, INNER_LIPS)


def _edges(first: int, stop: int, closed: bool) -> np.ndarray:
    numbers = np.arange(first, stop)
    return np.stack([numbers, np.roll(numbers, -1)], 1)[: None if closed else -1]


EDGES = np.concatenate([_edges(*part) for part in PARTS])  # (E, 2)
MIRROR = np.array(
    [*range(16, -1, -1), *range(26, 16, -1), 27, 28, 29, 30, 35, 34, 33, 32, 31]
    + [45, 44, 43, 42, 47, 46, 39, 38, 37, 36, 41, 40, 54, 53, 52, 51, 50, 49, 48, 59, 58, 57, 56, 55]
    + [64, 63, 62, 61, 60, 67, 66, 65]
)  # (68,): the landmark's counterpart on the face's other side
