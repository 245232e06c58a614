# SPDX-License-Identifier: GPL-3.0-or-later
"""Where surfaces of triangles go through each other, or through themselves."""

import numba
import numpy as np


def self_crossings(points: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return the pairs of triangles of a surface that cross, (K, 2) int.

    points: (V, 3); triangles: (M, 3). Triangles that share a vertex do not count.
    """
    return _pairs(points, triangles, np.arange(len(triangles)))


def crossings(points: np.ndarray, one: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the pairs of triangles of two surfaces that cross, (K, 2) int: a row of one (M, 3), a row of other."""
    surface = np.repeat([0, 1], [len(one), len(other)])
    pairs = np.sort(_pairs(points, np.concatenate([one, other]), surface), 1)
    return pairs - (0, len(one))


def _pairs(points, triangles, surface):
    corners = points[triangles].astype(np.float64)
    order = np.argsort(corners[..., 0].min(1))
    pairs = _sweep(corners[order], triangles[order].astype(np.int64), surface[order])
    return order[np.array(pairs, int).reshape(-1, 2)]


@numba.njit(cache=True)
def _sweep(corners, triangles, surface):
    """Return pairs of triangles of different surfaces that cross; corners (M, 3, 3), sorted by least x."""
    count = len(corners)
    low, high = np.empty((count, 3)), np.empty((count, 3))
    for k in range(count):
        for axis in range(3):
            low[k, axis], high[k, axis] = corners[k, :, axis].min(), corners[k, :, axis].max()
    pairs = [(0, 0) for _ in range(0)]
    for i in range(count):
        for j in range(i + 1, count):
            if low[j, 0] > high[i, 0]:
                break
            if surface[i] == surface[j]:
                continue
            if low[j, 1] > high[i, 1] or low[i, 1] > high[j, 1] or low[j, 2] > high[i, 2] or low[i, 2] > high[j, 2]:
                continue
            if not _share(triangles[i], triangles[j]) and _cross(corners[i], corners[j]):
                pairs.append((i, j))
    return pairs


@numba.njit(cache=True)
def _share(one, other):
    """Return whether two triangles (3,) share a vertex."""
    for a in one:
        for b in other:
            if a == b:
                return True
    return False


@numba.njit(cache=True)
def _cross(one, other):
    """Return whether a side of one triangle (3, 3) goes through the other, or the other way round."""
    crossed = False
    for k in range(3):
        crossed = crossed or _pierces(one[k], one[k - 1], other) or _pierces(other[k], other[k - 1], one)
    return crossed


@numba.njit(cache=True)
def _pierces(start, end, corners):
    """Return whether the way from start (3,) to end (3,) goes through a triangle (3, 3): Möller and Trumbore, "Fast,
    minimum storage ray/triangle intersection", 1997."""
    along, ab, ac = end - start, corners[1] - corners[0], corners[2] - corners[0]
    across = np.cross(along, ac)
    volume = np.dot(ab, across)
    if abs(volume) < 1e-12:
        return False
    away = start - corners[0]
    u = np.dot(away, across) / volume
    if u <= 0 or u >= 1:
        return False
    turned = np.cross(away, ab)
    v = np.dot(along, turned) / volume
    t = np.dot(ac, turned) / volume
    return v > 0 and u + v < 1 and 0 < t < 1
