# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth deformation of space by the motion of some of its points."""

from __future__ import annotations

import numpy as np

CHUNK = 4096  # points at a time, so that memory stays flat


class Deformation:
    """The biharmonic spline u(x) = c - sum w_k |x - x_k| with sum w_k = 0, which stays bounded far away.

    See Duchon 1977; Carr et al., SIGGRAPH 2001, section 3.
    """

    def __init__(self, controls: np.ndarray, offsets: np.ndarray, tolerance: np.ndarray):
        """Fit the spline.

        controls, offsets: (K, 3), the control points and how far each moves, in one unit
        tolerance: (K,), in that unit, by about how much the spline may miss each offset in order to stay smooth
        """
        self.controls, count = controls.astype(np.float32), len(controls)
        system, exact = np.ones((count + 1, count + 1)), controls.astype(np.float64)
        system[:count, :count] = np.diag(tolerance) - _distances(exact, exact)
        system[count, count] = 0
        weights = np.linalg.solve(system, np.concatenate([offsets, np.zeros((1, 3))]))
        self.weights, self.constant = weights[:count].astype(np.float32), weights[count].astype(np.float32)

    def __call__(self, points: np.ndarray) -> np.ndarray:
        """Return how far points (N, 3) move, (N, 3) float32."""
        points = points.astype(np.float32)
        parts = (points[start : start + CHUNK] for start in range(0, len(points), CHUNK))
        return np.concatenate([self.constant - _distances(part, self.controls) @ self.weights for part in parts])


def farthest_points(points: np.ndarray, count: int) -> np.ndarray:
    """Choose `count` of points (N, 3) evenly: each is the farthest from those chosen so far. Returns their indices."""
    chosen = np.zeros(count, int)
    x, y, z = np.ascontiguousarray(points.T)
    distance = np.full_like(x, np.inf)
    for k in range(1, count):
        last = chosen[k - 1]
        np.minimum(distance, (x - x[last]) ** 2 + (y - y[last]) ** 2 + (z - z[last]) ** 2, out=distance)
        chosen[k] = distance.argmax()
    return chosen


def _distances(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the distances (N, K) between points (N, 3) and (K, 3)."""
    squared = a @ (-2 * b.T)
    squared += (a**2).sum(1)[:, None]
    squared += (b**2).sum(1)
    return np.sqrt(np.maximum(squared, 0, out=squared), out=squared)
