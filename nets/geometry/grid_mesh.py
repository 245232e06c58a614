# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes whose vertices are texels of a position map: all of them, or the crossings of some rows and columns."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

MAX_SHIFT = 0.25  # texels by which smoothing may move the outline; with more a quad could fold
FOLDED = -1e-3  # square texels: a quad whose corner turns by less is folded


@dataclass(frozen=True)
class GridMesh:
    """The crossings of rows and columns of a map (S, S) that lie on the surface, and the quads between them.

    rows, columns: (R,) and (C,) int64, rows and columns of the map
    nodes: (N, 2) int64, for each vertex its indices into rows and columns
    texels: (N, 2) float32, each vertex's row and column in the map; whole numbers except on the outline
    quads: (Q, 4) int32, counter-clockwise seen from outside in a right-handed frame (y up)
    size: S
    """

    rows: np.ndarray
    columns: np.ndarray
    nodes: np.ndarray
    texels: np.ndarray
    quads: np.ndarray
    size: int

    @cached_property
    def uv(self) -> np.ndarray:
        """The vertices' texture coordinates, (N, 2) float32, u right, v up."""
        row, column = self.texels.T
        return np.stack([(column + 0.5) / self.size, 1 - (row + 0.5) / self.size], 1).astype(np.float32)

    @cached_property
    def triangles(self) -> np.ndarray:
        """Two triangles for each quad, (2 Q, 3) int32."""
        return np.concatenate([self.quads[:, [0, 1, 2]], self.quads[:, [0, 2, 3]]])

    @cached_property
    def between(self) -> np.ndarray:
        """Indices (K,) of the vertices that lie between texels."""
        return np.flatnonzero((self.texels % 1).any(1))

    @cached_property
    def outline(self) -> np.ndarray:
        """Edges (E, 2) that belong to only one quad."""
        edges = np.sort(np.concatenate([self.quads[:, [k, (k + 1) % 4]] for k in range(4)]), 1).astype(np.int64)
        # One number for each edge, because rows take many times longer to sort.
        number, count = np.unique(edges[:, 0] * len(self.nodes) + edges[:, 1], return_counts=True)
        return np.stack(np.divmod(number[count == 1], len(self.nodes)), 1).astype(self.quads.dtype)


def dense_mesh(mask: np.ndarray) -> GridMesh:
    """Return the mesh of every texel of a mask (S, S). The outline, a staircase of texels, is smoothed."""
    lines = np.arange(len(mask))
    mesh = _crossings(mask, lines, lines)
    return replace(mesh, texels=_smooth_outline(mesh.texels, mesh.outline))


def thin_mesh(dense: GridMesh, rows: np.ndarray, columns: np.ndarray) -> GridMesh:
    """Return the mesh of those vertices of the dense mesh where rows (R,) and columns (C,) cross.

    The outline, which would be a staircase of whole quads, is moved to the dense mesh's outline.
    """
    number = np.full((dense.size, dense.size), -1)
    number[tuple(dense.nodes.T)] = np.arange(len(dense.nodes))
    mesh = _crossings(number >= 0, rows, columns)
    crossing = number[rows[mesh.nodes[:, 0]], columns[mesh.nodes[:, 1]]]
    rim, goal = np.unique(mesh.outline), np.unique(dense.outline)
    apart = ((dense.texels[crossing[rim], None] - dense.texels[goal]) ** 2).sum(-1)
    chosen = crossing.copy()
    chosen[rim] = goal[apart.argmin(1)]
    while (folded := (_turns(dense.texels[chosen], mesh.quads) < FOLDED).any(1)).any():
        back = mesh.quads[folded]
        chosen[back] = crossing[back]
    return replace(mesh, texels=dense.texels[chosen])


def optimal_grid_lines(values: np.ndarray, weights: np.ndarray, count: int, widest: int = 10) -> np.ndarray:
    """Choose the `count` rows of a map (H, W, C) between which linear interpolation comes closest to the whole map.

    weights: (H, W), each texel's weight in the sum of squared distances, 0 off the surface
    widest: the largest distance between neighbouring rows

    Returns (count,), from the first row on the surface to the last. Solved exactly, by dynamic programming.
    """
    on = weights > 0
    first, last = np.flatnonzero(on.any(1))[[0, -1]]
    height = len(values)
    loss = np.full(
        (widest + 1, height), np.inf
    )  # of skipping all rows between two lines, by their distance and the lower one
    for step in range(1, widest + 1):
        above, below = values[:-step], values[step:]
        ends = on[:-step] & on[step:]
        loss[step, step:] = 0
        for k in range(1, step):
            straight = above + (below - above) * (k / step)
            away = ((values[k : height - step + k] - straight) ** 2).sum(-1)
            loss[step, step:] += (away * weights[k : height - step + k] * ends).sum(1)
    least = np.where(np.arange(height) == first, 0, np.inf)
    steps = []
    for _ in range(count - 1):
        reached = loss + [np.roll(least, step) for step in range(widest + 1)]
        steps.append(reached.argmin(0))
        least = reached.min(0)
    lines = [last]
    for step in reversed(steps):
        lines.append(lines[-1] - step[lines[-1]])
    return np.array(lines[::-1])


def _crossings(mask, rows, columns):
    """Return the mesh of those quads whose four corners are on the surface."""
    valid = mask[np.ix_(rows, columns)]
    r, c = np.nonzero(valid[:-1, :-1] & valid[:-1, 1:] & valid[1:, :-1] & valid[1:, 1:])
    n = len(columns)
    corners = np.stack([r * n + c, (r + 1) * n + c, (r + 1) * n + c + 1, r * n + c + 1], 1)
    used, quads = np.unique(corners, return_inverse=True)
    nodes = np.stack([used // n, used % n], 1)
    texels = np.stack([rows[nodes[:, 0]], columns[nodes[:, 1]]], 1).astype(np.float32)
    return GridMesh(rows, columns, nodes, texels, quads.reshape(-1, 4).astype(np.int32), len(mask))


def _smooth_outline(texels: np.ndarray, outline: np.ndarray, rounds: int = 12) -> np.ndarray:
    """Return texels (N, 2), those on the outline (E, 2) moved towards the mean of their neighbours."""
    ends, others = np.concatenate([outline, outline[:, ::-1]]).T
    degree = np.bincount(ends, minlength=len(texels))[:, None]
    smooth = texels.astype(np.float64)
    for _ in range(rounds):
        total = np.stack([np.bincount(ends, smooth[others, axis], len(texels)) for axis in (0, 1)], 1)
        smooth = np.where(degree > 0, (smooth + total / np.maximum(degree, 1)) / 2, smooth)
        smooth = np.clip(smooth, texels - MAX_SHIFT, texels + MAX_SHIFT)
    return smooth.astype(np.float32)


def _turns(texels: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Return how each quad turns at its corners, (Q, 4), positive to the left, as seen with rows going down."""
    row, column = np.moveaxis(texels[quads], -1, 0)
    before, after = (np.roll((column, row), shift, 2) - (column, row) for shift in (1, -1))
    return after[1] * before[0] - after[0] * before[1]
