# SPDX-License-Identifier: GPL-3.0-or-later
"""Light from all around as spherical harmonics of order 2: nine numbers per colour say how bright a matt surface is
that faces any direction, to 2 % (Ramamoorthi and Hanrahan, "An efficient representation for irradiance environment
maps", SIGGRAPH 2001)."""

from __future__ import annotations

import numpy as np

ROUNDS = 12  # of reweighted least squares
ODD = 3.0  # standard deviations of the misfit from which a texel counts less: brows, lips, cast shadows, highlights
DAMPING = 2e-3, 2e-2  # of the coefficients of order 1 and 2, against those that the seen normals do not determine


def harmonics(normals: np.ndarray) -> np.ndarray:
    """Return the nine basis functions (..., 9) at unit normals (..., 3), without their constant factors."""
    x, y, z = np.moveaxis(normals, -1, 0)
    return np.stack([np.ones_like(x), x, y, z, x * y, x * z, y * z, x * x - y * y, 3 * z * z - 1], -1)


def fit_light(colours: np.ndarray, normals: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the light (9, 3) on a surface of one colour, robust to the texels that have another.

    colours: (N, 3), linear; normals: (N, 3) of length 1; weights: (N,), not negative
    """
    basis = harmonics(normals)
    damping = weights.sum() * np.diag([0.0, *[DAMPING[0]] * 3, *[DAMPING[1]] * 5])
    weight, light = weights, np.zeros((9, 3))
    for _ in range(ROUNDS):
        weighted = basis * weight[:, None]
        light = np.linalg.solve(weighted.T @ basis + damping, weighted.T @ colours)
        apart = np.abs(colours / np.maximum(basis @ light, 1e-3) - 1).max(1)
        spread = 1.48 * np.median(apart[weights > 0]) + 1e-3
        weight = weights / (1 + (apart / (ODD * spread)) ** 2) ** 2
    return light


def shading(light: np.ndarray, normals: np.ndarray) -> np.ndarray:
    """Return how bright the surface is, (..., 3) linear, in a light (9, 3), at unit normals (..., 3)."""
    return harmonics(normals) @ light
