# SPDX-License-Identifier: GPL-3.0-or-later
"""A smooth deformation of space from what some of its points do."""

from __future__ import annotations

import numpy as np

CHUNK = 4096  # points at a time, so that memory stays flat


class Deformation:
    """The biharmonic spline u(x) = c - sum w_k |x - x_k|, sum w_k = 0, which stays bounded far away (Duchon 1977;
    Carr et al., SIGGRAPH 2001, section 3).

    places (K, 3) and their moves (K, 3), in one unit; looseness (K,), in that unit: by about how much the spline may
    miss each of the moves to stay smooth.
    """

    def __init__(self, places: np.ndarray, moves: np.ndarray, looseness: np.ndarray):
        self.places, count = places.astype(np.float32), len(places)
        system = np.ones((count + 1, count + 1))
        system[:count, :count] = np.diag(looseness) - _distances(places.astype(np.float64), places.astype(np.float64))
        system[count, count] = 0
        weights = np.linalg.solve(system, np.concatenate([moves, np.zeros((1, 3))]))
        self.weights, self.constant = weights[:count].astype(np.float32), weights[count].astype(np.float32)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """How points (N, 3) move, (N, 3) f4."""
        points = points.astype(np.float32)
        parts = (points[start : start + CHUNK] for start in range(0, len(points), CHUNK))
        return np.concatenate([self.constant - _distances(part, self.places) @ self.weights for part in parts])


def farthest_points(points: np.ndarray, count: int) -> np.ndarray:
    """Indices (count,) of points (N, 3) that lie evenly: each next one is the farthest from those chosen so far."""
    chosen = np.zeros(count, int)
    distance = np.full(len(points), np.inf)
    for k in range(1, count):
        distance = np.minimum(distance, ((points - points[chosen[k - 1]]) ** 2).sum(1))
        chosen[k] = distance.argmax()
    return chosen


def _distances(one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """(N, K) between points (N, 3) and (K, 3)."""
    squared = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    return np.sqrt(np.maximum(squared, 0))
