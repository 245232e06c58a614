# SPDX-License-Identifier: GPL-3.0-or-later
"""Which cells of a grid a closed surface encloses."""

from __future__ import annotations

import numpy as np

# Rays that meet an edge or a vertex exactly would count both triangles or none: they are shifted by far less than
# a cell, in a direction in which no edge of a symmetric head runs.
SHIFT = np.array([1.9e-5, 3.1e-5])


def occupancy(points: np.ndarray, triangles: np.ndarray, shape: tuple[int, int, int]) -> np.ndarray:
    """Return the cells whose centres lie inside closed surfaces, bool of shape (rows, columns, layers).

    points: (V, 3), in cells: x is the column, y the row, z the layer, cell centres at integers
    triangles: (T, 3), in one sense of rotation; surfaces may overlap: what any of them encloses is inside

    A ray runs along each column of cells; the winding number rises or falls where it meets a triangle, by the sense in
    which it sees it.
    """
    rows, columns, layers = shape
    corners = points[triangles].astype(np.float64) - [*SHIFT, 0]
    low = np.ceil(corners[..., :2].min(1)).astype(int).clip(0)
    high = np.floor(corners[..., :2].max(1)).astype(int).clip(max=[columns - 1, rows - 1])
    wide, tall = (high - low + 1).clip(0).T
    triangle = np.repeat(np.arange(len(triangles)), wide * tall)
    cell = np.arange(len(triangle)) - np.repeat(np.cumsum(wide * tall) - wide * tall, wide * tall)
    x, y = low[triangle, 0] + cell % wide[triangle], low[triangle, 1] + cell // wide[triangle]

    a, b, c = np.moveaxis(corners[triangle, :, :2], 1, 0) - np.stack([x, y], 1)  # seen from the ray
    weights = np.stack([_cross(b, c), _cross(c, a), _cross(a, b)], 1)
    area = weights.sum(1)
    met = ((weights > 0).all(1) | (weights < 0).all(1)) & (area != 0)
    x, y, weights, area = x[met], y[met], weights[met], area[met]
    z = (weights * corners[triangle[met], :, 2]).sum(1) / area

    winding = np.zeros((rows, columns, layers + 1), np.int16)
    np.add.at(winding, (y, x, np.ceil(z).astype(int).clip(0, layers)), np.sign(area).astype(np.int16))
    return np.cumsum(winding, 2)[..., :layers] != 0


def _cross(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    return a[:, 0] * b[:, 1] - a[:, 1] * b[:, 0]
