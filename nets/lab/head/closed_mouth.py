# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape that closes the lips while the jaw is open: the lips of the head at rest, carried along as one.

What the shapes are learned from brings the lips together only roughly, so that they sink into each other at the corners
of the mouth. At rest lips touch and do not cross, and what moves them evenly leaves that as it is.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_matrix, diags
from scipy.spatial import cKDTree

MOUTH, WIDER = (0.0, -66.0, 24.0), 1.5  # of the mean head, canonical millimetres, and how much wider it is than high
REACH = 18.0, 32.0  # millimetres above and below the mouth up to which lips move as one, and from which as before
EVEN, ROUNDS = 5.0, 4  # millimetres over which movements are evened out, and how often


def carry_lips(rest: np.ndarray, moved: np.ndarray) -> np.ndarray:
    """Return how a skin (V, 3) at rest, whose vertices move (V, 3) to a closed mouth, moves evenly round the mouth."""
    away = np.linalg.norm((rest - MOUTH) / (WIDER, 1, 1), axis=1)
    near = np.flatnonzero(away < REACH[1])
    tree = cKDTree(rest[near])
    apart = tree.sparse_distance_matrix(tree, 2.5 * EVEN, output_type="coo_matrix")
    weights = csr_matrix((np.exp(-((apart.data / EVEN) ** 2) / 2), (apart.row, apart.col)), apart.shape)
    mean = diags(1 / np.asarray(weights.sum(1)).ravel()) @ weights
    even = moved[near]
    for _ in range(ROUNDS):
        even = mean @ even
    share = np.clip((REACH[1] - away[near]) / (REACH[1] - REACH[0]), 0, 1)[:, None]
    carried = moved.copy()
    carried[near] += share * share * (3 - 2 * share) * (even - moved[near])
    return carried
