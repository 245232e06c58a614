# SPDX-License-Identifier: GPL-3.0-or-later
"""Quads of simple shapes: rings of vertices joined to tubes, discs that close a ring, and boxes."""

import numpy as np


def tube_quads(rings: np.ndarray) -> np.ndarray:
    """Return quads (F, 4) between closed rings of vertices (R, N) int, counter-clockwise seen from the left of the way
    from one ring to the next when the rings run counter-clockwise against it."""
    following = np.roll(rings, -1, 1)
    return np.stack([rings[:-1], following[:-1], following[1:], rings[1:]], -1).reshape(-1, 4)


def disc(ring: np.ndarray, first: int) -> tuple[np.ndarray, np.ndarray]:
    """Close a ring (N,) of vertices, N a multiple of 4, by a square grid whose border is the ring.

    Returns weights (M, N) float64 that make the M new vertices inside from those of the ring (a Coons patch), numbered
    from `first`, and quads (F, 4) in the ring's own sense.
    """
    count, side = len(ring), len(ring) // 4
    at = np.arange(side + 1)
    border = np.zeros((side + 1, side + 1), int)  # place along the ring
    border[0, at] = at
    border[at, side] = side + at
    border[side, side - at] = 2 * side + at
    border[side - at, 0] = (3 * side + at) % count
    numbers = ring[border]
    inside = np.zeros((side + 1, side + 1), bool)
    inside[1:-1, 1:-1] = True
    numbers[inside] = first + np.arange(inside.sum())
    weights = np.zeros((side + 1, side + 1, count))
    one = np.eye(count)
    for r in range(1, side):
        for c in range(1, side):
            u, v = c / side, r / side
            weights[r, c] = (1 - u) * one[border[r, 0]] + u * one[border[r, -1]]
            weights[r, c] += (1 - v) * one[border[0, c]] + v * one[border[-1, c]]
            weights[r, c] -= (1 - u) * (1 - v) * one[border[0, 0]] + u * (1 - v) * one[border[0, -1]]
            weights[r, c] -= (1 - u) * v * one[border[-1, 0]] + u * v * one[border[-1, -1]]
    n = numbers
    quads = np.stack([n[:-1, :-1], n[:-1, 1:], n[1:, 1:], n[1:, :-1]], -1).reshape(-1, 4)
    return weights[inside], quads


def box(steps: int) -> tuple[np.ndarray, np.ndarray]:
    """Return a cube from -1 to 1 with `steps` quads along each edge: vertices (V, 3), quads (F, 4) seen from
    outside."""
    at = np.linspace(-1, 1, steps + 1)
    points, quads = [], []
    for axis in range(3):
        for side in (-1, 1):
            u, v = np.meshgrid(at, at, indexing="ij")
            face = np.zeros((steps + 1, steps + 1, 3))
            face[..., axis] = side
            face[..., (axis + 1) % 3], face[..., (axis + 2) % 3] = u, v
            n = len(points) * (steps + 1) ** 2 + np.arange((steps + 1) ** 2).reshape(steps + 1, steps + 1)
            quad = np.stack([n[:-1, :-1], n[1:, :-1], n[1:, 1:], n[:-1, 1:]], -1).reshape(-1, 4)
            points.append(face.reshape(-1, 3))
            quads.append(quad if side > 0 else quad[:, ::-1])
    found, number = np.unique(np.concatenate(points).round(6), axis=0, return_inverse=True)
    return found, number.ravel()[np.concatenate(quads)]
