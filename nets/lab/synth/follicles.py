# SPDX-License-Identifier: GPL-3.0-or-later
"""Points on a head: follicles, scattered over its surface, and the head's radius by direction."""

from dataclasses import dataclass

import numba
import numpy as np
from scipy.spatial import cKDTree

HEAD_CENTRE = np.array([0, 0, -75], np.float32)  # millimetres; the head is star-shaped from here
AZIMUTHS, ELEVATIONS = 72, 48
LOWEST = -1.4  # radians, elevation of the table's first row


@dataclass(frozen=True)
class Follicles:
    """Random points on a head's triangles.

    corners: (N, 3) int32, the vertices around each point
    weights: (N, 3) float32, their barycentric weights
    neutral: (N, 3) float32, the points on the neutral head, canonical, millimetres
    """

    corners: np.ndarray
    weights: np.ndarray
    neutral: np.ndarray

    def on(self, values: np.ndarray, chosen: np.ndarray) -> np.ndarray:
        """Interpolate per-vertex values (V, C) at the chosen points (K, C)."""
        return np.einsum("nkc,nk->nc", values[self.corners[chosen]], self.weights[chosen])


def scatter_follicles(vertices: np.ndarray, triangles: np.ndarray, count: int, seed: int = 0) -> Follicles:
    """Scatter points evenly over triangles (M, 3) of vertices (V, 3), in random order."""
    rng = np.random.default_rng(seed)
    a, b, c = (vertices[triangles[:, k]] for k in range(3))
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1)
    chosen = triangles[rng.choice(len(triangles), count, p=area / area.sum())]
    weights = rng.dirichlet(np.ones(3), count).astype(np.float32)
    return Follicles(chosen, weights, np.einsum("nkc,nk->nc", vertices[chosen], weights))


class RadiusTable:
    """The radii of heads by direction from HEAD_CENTRE; the vertices nearest to each direction are found once."""

    def __init__(self, vertices: np.ndarray, outer: np.ndarray):
        """outer: indices of those vertices (V, 3) that form the outside of the head."""
        azimuth, elevation = np.meshgrid(
            np.linspace(-np.pi, np.pi, AZIMUTHS), np.linspace(LOWEST, np.pi / 2, ELEVATIONS)
        )
        relative = vertices[outer] - HEAD_CENTRE
        tree = cKDTree(relative / np.linalg.norm(relative, axis=1, keepdims=True))
        distance, nearest = tree.query(directions(azimuth, elevation), 6)
        self._vertices = outer[nearest]
        weights = 1 / (distance + 0.02) ** 2  # the offset, in radians, keeps single vertices from standing out
        self._weights = (weights / weights.sum(-1, keepdims=True)).astype(np.float32)

    def table(self, vertices: np.ndarray) -> np.ndarray:
        """Return the radii (ELEVATIONS, AZIMUTHS) float32, millimetres, of a head (V, 3)."""
        radius = np.linalg.norm(vertices - HEAD_CENTRE, axis=1)
        return (radius[self._vertices] * self._weights).sum(-1).astype(np.float32)


def directions(azimuth: np.ndarray, elevation: np.ndarray) -> np.ndarray:
    """Return unit vectors (…, 3); azimuth 0 is forward, positive towards the person's left."""
    x, y = np.sin(azimuth) * np.cos(elevation), np.sin(elevation)
    return np.stack([x, y + 0 * x, np.cos(azimuth) * np.cos(elevation)], -1).astype(np.float32)


def over_head(table: np.ndarray, azimuth: np.ndarray, elevation: np.ndarray, lift: np.ndarray | float) -> np.ndarray:
    """Return points (…, 3) at a height of lift, millimetres, over the head, by azimuth and elevation, radians."""
    azimuth, elevation = np.broadcast_arrays(azimuth, elevation)
    radius = radii(table, azimuth.astype(np.float32).ravel(), elevation.astype(np.float32).ravel())
    return HEAD_CENTRE + directions(azimuth, elevation) * (radius.reshape(azimuth.shape) + lift)[..., None]


@numba.njit(cache=True, fastmath=True)
def radius_at(table, azimuth, elevation):
    """Return the radius in a direction, bilinear."""
    x = (azimuth + np.pi) / (2 * np.pi) * (AZIMUTHS - 1)
    y = (elevation - LOWEST) / (np.pi / 2 - LOWEST) * (ELEVATIONS - 1)
    x, y = min(max(x, 0.0), AZIMUTHS - 1.001), min(max(y, 0.0), ELEVATIONS - 1.001)
    c, r = int(x), int(y)
    fx, fy = x - c, y - r
    top = table[r, c] * (1 - fx) + table[r, c + 1] * fx
    return top * (1 - fy) + (table[r + 1, c] * (1 - fx) + table[r + 1, c + 1] * fx) * fy


@numba.njit(cache=True, fastmath=True)
def radii(table, azimuth, elevation):
    out = np.zeros(len(azimuth), np.float32)
    for i in range(len(azimuth)):
        out[i] = radius_at(table, azimuth[i], elevation[i])
    return out
