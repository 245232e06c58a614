# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertices that ride on the face model's surface: each is a weighted mean of the corners of one of its triangles.

So every shape of the face model, a person or an expression, moves them linearly.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.spatial import cKDTree

from nets.topology.face_model import triangles_of

CANDIDATES = 24  # triangles, the nearest by their centres, that are tried for a point


@dataclass(frozen=True)
class Attachment:
    """corners: (N, 3) int, vertices of the face model; weights: (N, 3) float64, at least 0, their sum 1."""

    corners: np.ndarray
    weights: np.ndarray

    def of(self, values: np.ndarray) -> np.ndarray:
        """Return per-vertex values (..., V, C) of the face model at the attached points, (..., N, C)."""
        return np.einsum("...nkc,nk->...nc", values[..., self.corners, :], self.weights)


class Surface:
    """Triangles of the face model in some space, to which points can be attached: points (V, D), faces (F, 4)."""

    def __init__(self, points: np.ndarray, faces: np.ndarray):
        self._points = np.asarray(points, np.float64)
        self._triangles = triangles_of(faces)
        self._tree = cKDTree(self._points[self._triangles].mean(1))

    def attach(self, places: np.ndarray) -> Attachment:
        """Attach places (N, D) where the surface is nearest to them."""
        count = min(CANDIDATES, len(self._triangles))
        near = self._tree.query(places, count)[1].reshape(len(places), count)
        corners = self._triangles[near]
        weights = _nearest_in_triangles(places[:, None], self._points[corners])
        found = np.einsum("nkcd,nkc->nkd", self._points[corners], weights)
        best = np.linalg.norm(found - places[:, None], axis=2).argmin(1)
        rows = np.arange(len(places))
        return Attachment(corners[rows, best], weights[rows, best])


def _nearest_in_triangles(places: np.ndarray, corners: np.ndarray) -> np.ndarray:
    """Return barycentric coordinates (..., 3) of points near places (..., D) in triangles (..., 3, D).

    A place that lies beside its triangle is moved to the border along barycentric lines: near enough for the best of
    many triangles, where the true point is inside or on the border.
    """
    a, b, c = np.moveaxis(corners, -2, 0)
    ab, ac, ap = b - a, c - a, places - a
    d00, d01, d11 = (ab * ab).sum(-1), (ab * ac).sum(-1), (ac * ac).sum(-1)
    d20, d21 = (ap * ab).sum(-1), (ap * ac).sum(-1)
    area = np.maximum(d00 * d11 - d01 * d01, 1e-18)
    v, w = (d11 * d20 - d01 * d21) / area, (d00 * d21 - d01 * d20) / area
    inside = np.clip(np.stack([1 - v - w, v, w], -1), 0, 1)
    return inside / inside.sum(-1, keepdims=True)
