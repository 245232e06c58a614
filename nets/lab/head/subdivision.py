# SPDX-License-Identifier: GPL-3.0-or-later
"""Catmull-Clark subdivision of a cage of quads that remembers where each cage quad went.

Catmull and Clark, "Recursively generated B-spline surfaces on arbitrary topological meshes", 1978; borders and corners
as in DeRose, Kass and Truong, "Subdivision surfaces in character animation", SIGGRAPH 1998, section 3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Patches:
    """A mesh of square patches. points: (V, D) float64; grids: (Q, m + 1, m + 1) int, the points of each cage quad's
    patch by row and column; corners: (C,) int, points that borders do not round off."""

    points: np.ndarray
    grids: np.ndarray
    corners: np.ndarray

    @property
    def quads(self) -> np.ndarray:
        """(Q m², 4) int: the corners of every small quad, in the order of the cage's quads."""
        return quads_of(self.grids)

    def sampled(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the patches with `steps` quads to a cage edge: points (V, D) and grids (Q, steps + 1, steps + 1).

        Points between those of the subdivided grid are bilinear. Patches share the points of their common edges.
        """
        m = self.grids.shape[1] - 1
        at = np.linspace(0, m, steps + 1)
        low = np.minimum(at.astype(int), m - 1)
        part = at - low
        weights = np.zeros((steps + 1, m + 1))
        weights[np.arange(steps + 1), low] += 1 - part
        weights[np.arange(steps + 1), low + 1] += part
        places = np.einsum("ra,sb,qabd->qrsd", weights, weights, self.points[self.grids])
        return _welded(places, self.grids, steps)


def quads_of(grids: np.ndarray) -> np.ndarray:
    """Return the corners of every small quad (Q m², 4) of grids (Q, m + 1, m + 1), in their order."""
    a, b, c, d = grids[:, :-1, :-1], grids[:, :-1, 1:], grids[:, 1:, 1:], grids[:, 1:, :-1]
    return np.stack([a, b, c, d], -1).reshape(-1, 4)


def _welded(places: np.ndarray, grids: np.ndarray, steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Give points that lie on a common edge or corner of patches one index. places: (Q, n, n, D)."""
    index: dict[tuple, int] = {}
    points: list[np.ndarray] = []
    result = np.zeros(places.shape[:3], int)
    last, m = steps, grids.shape[1] - 1
    for q, grid in enumerate(grids):
        c = [grid[0, 0], grid[0, m], grid[m, m], grid[m, 0]]
        for r in range(steps + 1):
            for s in range(steps + 1):
                edge = {0: (0, 1, s), last: (3, 2, s)}.get(r) or {0: (0, 3, r), last: (1, 2, r)}.get(s)
                if edge is None:
                    key = ("inside", q, r, s)
                else:
                    a, b, k = c[edge[0]], c[edge[1]], edge[2]
                    if k in (0, last):
                        key = ("corner", b if k else a)
                    else:
                        key = (min(a, b), max(a, b), k if a < b else last - k)
                if key not in index:
                    index[key] = len(points)
                    points.append(places[q, r, s])
                result[q, r, s] = index[key]
    return np.array(points), result


def subdivide(points: np.ndarray, quads: np.ndarray, corners: np.ndarray, levels: int, snap: Callable) -> Patches:
    """Return `levels` of subdivision of a cage, points: (V, D), quads: (Q, 4), corners: (C,) indices that stay.

    snap(points, border) may move the border points, (V,) bool, after each level.
    """
    grids = np.stack([quads[:, [0, 1]], quads[:, [3, 2]]], 1)
    patches = Patches(points.astype(np.float64), grids, corners)
    for _ in range(levels):
        patches = _once(patches, snap)
    return patches


def _once(patches: Patches, snap: Callable) -> Patches:
    points, grids, quads = patches.points, patches.grids, patches.quads
    count = len(points)
    sides = np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2)
    edges, edge_of, uses = np.unique(np.sort(sides, 1), axis=0, return_inverse=True, return_counts=True)
    edge_of = edge_of.reshape(-1, 4)
    border_edge = uses == 1
    middle = points[quads].mean(1)

    face_sum = np.zeros((len(edges), points.shape[1]))
    np.add.at(face_sum, edge_of.ravel(), np.repeat(middle, 4, 0))
    ends = points[edges]
    edge_points = np.where(border_edge[:, None], ends.mean(1), (ends.sum(1) + face_sum) / 4)

    valence = np.bincount(edges.ravel(), minlength=count)
    around, near = np.zeros_like(points), np.zeros_like(points)
    faces = np.bincount(quads.ravel(), minlength=count)
    np.add.at(around, quads.ravel(), np.repeat(middle, 4, 0))
    np.add.at(near, edges[:, 0], ends.mean(1))
    np.add.at(near, edges[:, 1], ends.mean(1))
    n = np.maximum(valence, 1)[:, None]
    moved = (around / np.maximum(faces, 1)[:, None] + 2 * near / n + (n - 3) * points) / n
    border = np.zeros(count, bool)
    border[edges[border_edge].ravel()] = True
    along = np.zeros_like(points)
    np.add.at(along, edges[border_edge][:, 0], points[edges[border_edge][:, 1]])
    np.add.at(along, edges[border_edge][:, 1], points[edges[border_edge][:, 0]])
    moved[border] = 0.75 * points[border] + along[border] / 8
    moved[patches.corners] = points[patches.corners]

    new = np.concatenate([moved, edge_points, middle])
    is_border = np.concatenate([border, border_edge, np.zeros(len(quads), bool)])
    size = grids.shape[1] - 1
    fine = np.zeros((len(grids), 2 * size + 1, 2 * size + 1), int)
    fine[:, ::2, ::2] = grids
    cells = edge_of.reshape(len(grids), size, size, 4) + count
    fine[:, :-1:2, 1::2] = cells[..., 0]
    fine[:, 2::2, 1::2][:, -1] = cells[:, -1, :, 2]
    fine[:, 1::2, :-1:2] = cells[..., 3]
    fine[:, 1::2, 2::2][:, :, -1] = cells[:, :, -1, 1]
    fine[:, 1::2, 1::2] = np.arange(len(quads)).reshape(len(grids), size, size) + count + len(edges)
    return Patches(snap(new, is_border), fine, patches.corners)


def fit_control_points(targets: np.ndarray, limit: Callable[[np.ndarray], np.ndarray], rounds: int = 6) -> np.ndarray:
    """Return control points whose subdivided places, limit(control) (V, D), come close to targets (V, D)."""
    control = targets.copy()
    for _ in range(rounds):
        control = control + (targets - limit(control))
    return control
