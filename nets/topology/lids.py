# SPDX-License-Identifier: GPL-3.0-or-later
"""The lids of a head: how far they are open, how they slide over the eyeballs, and how they meet in a blink."""

from __future__ import annotations

import numpy as np

from nets.topology.head_model import HeadModel

REACH = 1.5  # of the eyeball's radius: within this distance from its centre vertices belong to the lids
CLEARANCE = 1.02  # of the eyeball's radius: the least distance of lids from its centre
UPPER_SHARE = 0.8  # of the way to a closed eye that the upper lid goes
OVERLAP = 0.2  # millimetres by which closed lids overlap, seen from the front
CLOSING_ROUNDS = 4  # each meets what moving the others changed
FOLLOWING = 1.6  # eye heights from the lid's edge over which the skin follows it


def lid_opening(model: HeadModel, head: np.ndarray, side: str) -> float:
    """Return the distance between the lids of one eye of a head (V, 3)."""
    upper, lower = model.lids[side]
    return float(np.linalg.norm(head[upper] - head[lower], axis=1).mean())


def push_lids_off_eyes(model: HeadModel, rest: np.ndarray, posed: np.ndarray) -> np.ndarray:
    """Return a posed head (V, 3) whose lids are pushed out of the eyeballs.

    rest: (V, 3), the same head at rest. The straight paths of a blendshape's vertices would lead through the eyeballs.
    """
    cleared, skin = posed.copy(), len(model.chart)
    for side, surface in model.eye_surface.items():
        centre = model.eye_centre(rest, side)
        radius = np.ptp(rest[model.eyes[side], 0]) / 2
        away = rest[:skin] - centre
        lids = np.flatnonzero((np.linalg.norm(away, axis=1) < REACH * radius) & (away[:, 2] > 0))
        if all(np.array_equal(posed[part], rest[part]) for part in (lids, surface)):
            continue  # the pose is one of the other eye
        least = np.minimum(_depth(rest[lids] - centre, rest[surface] - centre), CLEARANCE)
        relative = posed[lids] - centre
        factor = least / _depth(relative, posed[surface] - centre)
        cleared[lids] = centre + relative * np.maximum(factor, 1)[:, None]
    return cleared


def _depth(points: np.ndarray, ball: np.ndarray) -> np.ndarray:
    """Return the distances (N,) of points (N, 3) from the origin, relative to a ball's (K, 3) in the same direction."""
    far, reach = (np.linalg.norm(each, axis=1) for each in (points, ball))
    nearest = ((points / far[:, None]) @ (ball / reach[:, None]).T).argmax(1)
    return far / reach[nearest]


def close_lids(model: HeadModel, posed: np.ndarray, side: str) -> np.ndarray:
    """Return a head (V, 3) in a blink of one eye, whose lids meet: from the front, none of the eyeball is left in view.

    The columns of each lid turn about the eyeball's centre, and the skin beyond follows less and less. A model without
    lid columns stays as it is.
    """
    closed = posed.copy()
    if side not in model.lid_columns:
        return closed
    columns, centre = model.lid_columns[side], model.eye_centre(posed, side)
    half = len(columns) // 2
    lids = columns[: half + 1], columns[np.r_[0, np.arange(len(columns) - 1, half - 1, -1)]]  # both inner to outer
    for _ in range(CLOSING_ROUNDS):
        (upper_x, upper_y), (lower_x, lower_y) = (
            _edge(closed[lid] - centre, sign) for lid, sign in zip(lids, (-1, 1), strict=True)
        )
        for lid, x, y, share in (
            (lids[0], upper_x, upper_y, UPPER_SHARE),
            (lids[1], lower_x, lower_y, UPPER_SHARE - 1),
        ):
            gap = np.maximum(_at(x, upper_x, upper_y) - _at(x, lower_x, lower_y) + OVERLAP, 0)
            closed[lid[1:-1]] = centre + _turned(closed[lid] - centre, y, share * gap)[1:-1]
    return closed


def _edge(lid: np.ndarray, sign: int) -> tuple[np.ndarray, np.ndarray]:
    """Return x and y (C,) of the edge of a lid's columns (C, R, 3), seen from the front: the lowest points of the upper
    lid (sign -1), the highest of the lower (sign 1)."""
    row = (sign * lid[:, : lid.shape[1] // 2, 1]).argmax(1)  # farther out at the corners lie brow and cheek
    return lid[np.arange(len(lid)), row, 0], lid[np.arange(len(lid)), row, 1]


def _at(x: np.ndarray, edge_x: np.ndarray, edge_y: np.ndarray) -> np.ndarray:
    order = np.argsort(edge_x)
    return np.interp(x, edge_x[order], edge_y[order])


def _turned(lid: np.ndarray, edge: np.ndarray, down: np.ndarray) -> np.ndarray:
    """Return a lid's columns (C, R, 3) turned about the x axis, so that their edges, at heights (C,), come down by so
    much (C,), and rows beyond them by less."""
    y, z = lid[..., 1], lid[..., 2]
    row = np.abs(y - edge[:, None]).argmin(1)
    radius = np.hypot(y, z)[np.arange(len(lid)), row]
    reach = np.arcsin(np.clip(edge / radius, -1, 1)) - np.arcsin(np.clip((edge - down) / radius, -1, 1))
    beyond = np.abs(y - edge[:, None]) / (FOLLOWING * np.ptp(edge) + np.abs(down[:, None]) + 1e-6)
    follow = np.where(np.arange(lid.shape[1]) <= row[:, None], 1, np.clip(1 - beyond, 0, 1))
    angle = -reach[:, None] * follow * follow * (3 - 2 * follow)
    turned = lid.copy()
    turned[..., 1] = y * np.cos(angle) + z * np.sin(angle)
    turned[..., 2] = z * np.cos(angle) - y * np.sin(angle)
    return turned
