# SPDX-License-Identifier: GPL-3.0-or-later
"""Distances of points from a surface without known correspondences."""

import cv2
import numpy as np
from scipy.spatial import cKDTree

from nets.geometry.similarity import Similarity

NEIGHBOURS = 8  # triangles looked at for each point: those whose centres are nearest
ROUNDS = 12


class Surface:
    """A triangle mesh: vertices (V, 3), triangles (M, 3), which are small against its curvature."""

    def __init__(self, vertices: np.ndarray, triangles: np.ndarray):
        self._corners = np.asarray(vertices, np.float64)[triangles]
        self._tree = cKDTree(self._corners.mean(1))

    def nearest(self, points: np.ndarray) -> np.ndarray:
        """Return the surface's nearest points (N, 3) to points (N, 3)."""
        near = self._tree.query(points, min(NEIGHBOURS, len(self._corners)))[1].reshape(len(points), -1)
        candidates = nearest_on_triangles(points[:, None], self._corners[near])
        best = np.linalg.norm(candidates - points[:, None], axis=2).argmin(1)
        return candidates[np.arange(len(points)), best]


def distance_after_alignment(surface: Surface, points: np.ndarray) -> np.ndarray:
    """Return the distances (N,) of points (N, 3) from a surface after the similarity that brings it nearest to them."""
    fit = alignment(surface, points)
    return np.linalg.norm(fit.apply(surface.nearest(fit.undo(points))) - points, axis=1)


def alignment(surface: Surface, points: np.ndarray) -> Similarity:
    """Return the similarity that brings a surface nearest to points (N, 3).

    The search starts where the surface lies: Gauss-Newton over the distances (Chen and Medioni, IVC 1992), with scale.
    """
    fit = Similarity(1.0, np.eye(3), np.zeros(3))
    for _ in range(ROUNDS):
        nearest = fit.apply(surface.nearest(fit.undo(points)))
        apart = points - nearest
        distance = np.linalg.norm(apart, axis=1)
        normal = apart / np.maximum(distance, 1e-9)[:, None]
        slopes = np.concatenate([np.cross(nearest, normal), (nearest * normal).sum(1)[:, None], normal], 1)
        step = np.linalg.lstsq(slopes, distance, rcond=None)[0]
        turn = cv2.Rodrigues(step[:3])[0]
        growth = 1 + step[3]
        fit = Similarity(growth * fit.scale, turn @ fit.rotation, growth * turn @ fit.translation + step[4:])
    return fit


def nearest_on_triangles(points: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return the nearest point (..., 3) of each triangle (..., 3, 3) to points (..., 3); shapes broadcast."""
    a, b, c = np.moveaxis(corners, -2, 0)
    normal = np.cross(b - a, c - a)
    normal = normal / np.maximum(np.linalg.norm(normal, axis=-1, keepdims=True), 1e-12)
    inside = points - _dot(points - a, normal) * normal
    off_edge = [_dot(np.cross(end - start, inside - start), normal) < 0 for start, end in ((a, b), (b, c), (c, a))]
    on_edges = np.stack([_nearest_on_edge(points, *edge) for edge in ((a, b), (b, c), (c, a))])
    closest = np.linalg.norm(on_edges - points, axis=-1).argmin(0)
    on_edge = np.take_along_axis(on_edges, closest[None, ..., None], 0)[0]
    return np.where(off_edge[0] | off_edge[1] | off_edge[2], on_edge, inside)


def _nearest_on_edge(points: np.ndarray, start: np.ndarray, end: np.ndarray) -> np.ndarray:
    along = end - start
    t = _dot(points - start, along) / np.maximum(_dot(along, along), 1e-12)
    return start + np.clip(t, 0, 1) * along


def _dot(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return (a * b).sum(-1, keepdims=True)
