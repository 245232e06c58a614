# SPDX-License-Identifier: GPL-3.0-or-later
"""How strongly each part of a face acts: the groups of ARKit's blendshapes, and the gain of a head's turns."""

import numpy as np

# Group -> what the names of its blendshapes begin with. Together they are all 52.
GROUPS = {
    "brows": ("brow",),
    "eyes": ("eye",),
    "jaw": ("jaw", "tongue"),
    "mouth": ("mouth",),
    "cheeks": ("cheek", "nose"),
}
LEAST = 1e-3  # what a gain of 0 is taken for: too little to be seen, and enough to be taken back


def group_of(name: str) -> str | None:
    """Return the group of a blendshape by its ARKit name; None for other names."""
    return next((group for group, beginnings in GROUPS.items() if name.startswith(beginnings)), None)


def ratio(wanted: float, applied: float) -> float:
    """Return the factor that brings what has the gain `applied` to the gain `wanted`."""
    return max(wanted, LEAST) / max(applied, LEAST)


def mean_rotation(quaternions: np.ndarray) -> np.ndarray:
    """Return the mean (4,) of unit quaternions (F, 4), whose signs do not matter (Markley et al., 2007)."""
    return np.linalg.eigh(quaternions.T @ quaternions)[1][:, -1]


def scaled_rotations(quaternions: np.ndarray, middle: np.ndarray, factor: float) -> np.ndarray:
    """Turn unit quaternions w, x, y, z (F, 4) `factor` times as far from `middle` (4,), by the same axes."""
    away = product(middle * (1, -1, -1, -1), quaternions)
    away *= np.where(away[:, :1] < 0, -1, 1)
    sine = np.linalg.norm(away[:, 1:], axis=1)
    half = np.arctan2(sine, away[:, 0]) * factor
    axis = away[:, 1:] / np.maximum(sine, 1e-12)[:, None]
    turned = product(middle, np.column_stack([np.cos(half), np.sin(half)[:, None] * axis]))
    flips = np.sign((turned[1:] * turned[:-1]).sum(1))
    turned[1:] *= np.cumprod(np.where(flips < 0, -1, 1))[:, None]  # q and -q are one rotation, interpolation is not
    return turned


def product(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the products of quaternions (..., 4)."""
    aw, ax, ay, az = np.moveaxis(np.atleast_2d(a), -1, 0)
    bw, bx, by, bz = np.moveaxis(np.atleast_2d(b), -1, 0)
    return np.stack(
        [
            aw * bw - ax * bx - ay * by - az * bz,
            aw * bx + ax * bw + ay * bz - az * by,
            aw * by - ax * bz + ay * bw + az * bx,
            aw * bz + ax * by - ay * bx + az * bw,
        ],
        -1,
    )
