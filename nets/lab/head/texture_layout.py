# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the skin lies in its texture: the face's chart large in the middle, scalp and nape as a frame round it.

The frame is cut along the head's centre line at the back. Two harmonic functions on it, from the chart to the cut and
along both, give its places (Floater and Hormann, "Surface parameterization", 2005, section 2).
"""

from __future__ import annotations

import itertools

import numpy as np
from scipy.sparse import coo_matrix
from scipy.sparse.linalg import spsolve

from nets.lab.head.skin import Skin
from nets.lab.head.skull_cage import COLUMNS, ROWS, name_at
from nets.lab.head.subdivision import quads_of
from nets.topology.own_head import CHART

CHART_SIDE = ["f6", "s7", "s8", "r0", "r1", "r2", "r3", "r4", "r5", "v6", "v5", "v4"]  # the chart's border at the skull
TURN = 0.22  # radius of the frame's outer corner, of the texture
RIM = 0.012  # of the texture, left free round the frame


def in_texture(chart: np.ndarray) -> np.ndarray:
    """Return the places (N, 2) in the texture of places in the chart's picture, both x right, y down, from 0 to 1."""
    return CHART[0] + chart * (CHART[1] - CHART[0])


def lay_out(skin: Skin, points: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return uv: (T, 2) float64, u right, v up, and face_uv: (F, 4) int, of the skin's quads, in their order.

    points: (V, 3), the mean skin. Vertices of the cut have two places, those of the right half last.
    """
    count = len(points)
    centre = _line(skin, [name_at(row, 0) for row in range(ROWS + 1)])
    cut = centre[1:]  # its first vertex lies in the chart
    place = in_texture(np.where(np.isnan(skin.chart), skin.drawn, skin.chart))
    place[np.isnan(skin.drawn[:, 0])] = np.nan  # the frame is drawn apart, also where it was smoothed into the chart

    top = _line(skin, [name_at(0, column) for column in range(COLUMNS + 1)])
    side = _line(skin, CHART_SIDE)
    nape = _line(skin, [name_at(ROWS, column) for column in range(COLUMNS + 1)])
    inner = np.r_[top, side[1:]]
    corner = len(top) / len(inner)  # share of the way at which both borders turn
    on_inner = np.r_[corner * _runs(points, top), corner + (1 - corner) * _runs(points, side)[1:]]
    radial, around = np.full(count, np.nan), np.full(count, np.nan)
    radial[inner], around[inner] = 0, on_inner
    radial[cut], around[cut] = 1, _runs(points, centre)[1:]
    radial[nape], around[nape] = 1 - _runs(points, nape), 1
    left = skin.grids[skin.cage.face_count :]
    left = np.unique(left[: len(left) // 2])
    quads = quads_of(skin.grids[skin.cage.face_count :])
    quads = quads[np.isin(quads, left).all(1)]
    radial, around = _harmonic(np.stack([radial, around], 1), quads, points, left).T

    angle = np.linspace(-np.pi / 2, 0, 9)
    bend = np.array([1 - RIM - TURN, RIM + TURN]) + TURN * np.stack([np.cos(angle), np.sin(angle)], 1)
    outer = np.concatenate([[place[top[0]], [0.5, RIM]], bend, [[1 - RIM, CHART[1, 1]]]])
    reach = np.r_[0, 0.02, corner + 0.12 * np.linspace(-1, 1, 9), 1]
    from_inner = np.stack([np.interp(around, on_inner, column) for column in place[inner].T], 1)
    to_outer = np.stack([np.interp(around, reach, column) for column in outer.T], 1)
    frame = from_inner + radial[:, None] * (to_outer - from_inner)
    own = np.setdiff1d(left, inner)
    place[own] = frame[own]
    mirrored = np.setdiff1d(skin.mirror[own], cut)
    place[mirrored] = (1, 0) + frame[skin.mirror[mirrored]] * (-1, 1)

    double = np.arange(count)
    double[cut] = count + np.arange(len(cut))
    place = np.concatenate([place, (1, 0) + place[cut] * (-1, 1)])
    right = np.zeros(len(skin.grids), bool)
    for part in np.split(np.arange(len(skin.grids)), [skin.cage.face_count]):
        right[part[len(part) // 2 :]] = True
    grids = np.where(right[:, None, None], double[skin.grids], skin.grids)
    quads = quads_of(grids)[:, ::-1]
    return place * (1, -1) + (0, 1), quads


def _line(skin: Skin, names: list[str]) -> np.ndarray:
    """Return the vertices along cage edges from name to name."""
    number = {name: k for k, name in enumerate(skin.cage.names)}
    way = [number[name] for name in names]
    sides = skin.sides()
    return np.concatenate([*(sides[pair][:-1] for pair in itertools.pairwise(way)), sides[way[-2], way[-1]][-1:]])


def _runs(points: np.ndarray, line: np.ndarray) -> np.ndarray:
    """Return how far along a line of vertices each lies, 0 to 1."""
    run = np.r_[0, np.cumsum(np.linalg.norm(np.diff(points[line], axis=0), axis=1))]
    return run / run[-1]


def _harmonic(values: np.ndarray, quads: np.ndarray, points: np.ndarray, own: np.ndarray) -> np.ndarray:
    """Fill unknown values (V, 2) (NaN) of own vertices: each is the mean of its neighbours, the nearer the heavier.

    Values that are known on a border, and there convex, make a map without folds (Tutte, 1963).
    """
    sides = np.unique(np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2), 1), axis=0)
    weight = 1 / np.maximum(np.linalg.norm(points[sides[:, 0]] - points[sides[:, 1]], axis=1), 0.2)
    rows, columns = np.r_[sides[:, 0], sides[:, 1]], np.r_[sides[:, 1], sides[:, 0]]
    near = coo_matrix((np.r_[weight, weight], (rows, columns)), (len(values),) * 2).tocsr()
    total = np.asarray(near.sum(1)).ravel()
    free = own[np.isnan(values[own, 0])]
    known = np.nan_to_num(values)
    system = -near[free][:, free]
    system.setdiag(total[free])
    filled = values.copy()
    filled[free] = spsolve(system.tocsc(), near[free] @ known)
    return filled
