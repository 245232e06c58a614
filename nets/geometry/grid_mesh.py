# SPDX-License-Identifier: GPL-3.0-or-later
"""Meshes whose vertices are texels of a position map: all of them, or where some of its rows and columns cross."""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

LOOSE = 0.25  # texels by which the outline may leave its staircase; with more a quad could fold
FOLDED = -1e-3  # turn of a quad's corner, square texels


@dataclass(frozen=True)
class GridMesh:
    """The crossings of rows and columns of a map (S, S) that lie on the surface, and the quads between them.

    rows (R,) and columns (C,) i8: those of the map; nodes (N, 2) i8: of each vertex, the index of its row and its
    column; texels (N, 2) f4: its place in the map, row and column, whole but on the outline; quads (Q, 4) i4,
    counter-clockwise seen from outside in a right-handed frame (y up); size: S.
    """

    rows: np.ndarray
    columns: np.ndarray
    nodes: np.ndarray
    texels: np.ndarray
    quads: np.ndarray
    size: int

    @cached_property
    def uv(self) -> np.ndarray:
        """The vertices' places in the texture (N, 2) f4, u right, v up."""
        row, column = self.texels.T
        return np.stack([(column + 0.5) / self.size, 1 - (row + 0.5) / self.size], 1).astype(np.float32)

    @cached_property
    def triangles(self) -> np.ndarray:
        """Two of each quad (2 Q, 3) i4."""
        return np.concatenate([self.quads[:, [0, 1, 2]], self.quads[:, [0, 2, 3]]])

    @cached_property
    def between(self) -> np.ndarray:
        """The vertices (K,) that lie between texels."""
        return np.flatnonzero((self.texels % 1).any(1))

    @cached_property
    def outline(self) -> np.ndarray:
        """The edges (E, 2) that one quad alone has."""
        edges = np.sort(np.concatenate([self.quads[:, [k, (k + 1) % 4]] for k in range(4)]), 1)
        edges, count = np.unique(edges, axis=0, return_counts=True)
        return edges[count == 1]


def dense_mesh(mask: np.ndarray) -> GridMesh:
    """Every texel of a mask (S, S) is a vertex. The outline, a staircase of texels, is smoothed."""
    lines = np.arange(len(mask))
    mesh = _crossings(mask, lines, lines)
    return replace(mesh, texels=_smooth_outline(mesh.texels, mesh.outline))


def thin_mesh(dense: GridMesh, rows: np.ndarray, columns: np.ndarray) -> GridMesh:
    """Some of the dense mesh's vertices: those where rows (R,) and columns (C,) cross. The outline, which would be a
    staircase of whole quads, is drawn to the dense mesh's."""
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
    """The `count` rows (count,) of a map (H, W, C) that say most of it, from the first on the surface to the last.

    Read straight between them the map comes nearest to the whole one: the sum of squared distances times the texels'
    weights (H, W), 0 off the surface, is the least there is. widest: the most rows from one line to the next.
    """
    on = weights > 0
    first, last = np.flatnonzero(on.any(1))[[0, -1]]
    height = len(values)
    loss = np.full((widest + 1, height), np.inf)  # of leaving out all rows between one and the next line, by the latter
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
    """The mesh of those quads whose corners are all on the surface."""
    valid = mask[np.ix_(rows, columns)]
    r, c = np.nonzero(valid[:-1, :-1] & valid[:-1, 1:] & valid[1:, :-1] & valid[1:, 1:])
    n = len(columns)
    corners = np.stack([r * n + c, (r + 1) * n + c, (r + 1) * n + c + 1, r * n + c + 1], 1)
    used, quads = np.unique(corners, return_inverse=True)
    nodes = np.stack([used // n, used % n], 1)
    texels = np.stack([rows[nodes[:, 0]], columns[nodes[:, 1]]], 1).astype(np.float32)
    return GridMesh(rows, columns, nodes, texels, quads.reshape(-1, 4).astype(np.int32), len(mask))


def _smooth_outline(texels: np.ndarray, outline: np.ndarray, rounds: int = 12) -> np.ndarray:
    """The places (N, 2) with those on the outline (E, 2) moved towards their neighbours' mean."""
    ends, others = np.concatenate([outline, outline[:, ::-1]]).T
    degree = np.bincount(ends, minlength=len(texels))[:, None]
    smooth = texels.astype(np.float64)
    for _ in range(rounds):
        total = np.stack([np.bincount(ends, smooth[others, axis], len(texels)) for axis in (0, 1)], 1)
        smooth = np.where(degree > 0, (smooth + total / np.maximum(degree, 1)) / 2, smooth)
        smooth = np.clip(smooth, texels - LOOSE, texels + LOOSE)
    return smooth.astype(np.float32)


def _turns(texels: np.ndarray, quads: np.ndarray) -> np.ndarray:
    """Which way each quad turns at its corners (Q, 4), positive to the left, as seen with rows going down."""
    row, column = np.moveaxis(texels[quads], -1, 0)
    before, after = (np.roll((column, row), shift, 2) - (column, row) for shift in (1, -1))
    return after[1] * before[0] - after[0] * before[1]
