# SPDX-License-Identifier: GPL-3.0-or-later
"""Where hair grows on the own head, and the strands that it has there: a relief of light and dark lines that run from
the crown."""

from __future__ import annotations

import cv2
import numpy as np

from nets.geometry.visibility import smoothstep

NAPE = (-95.0, -70.0)  # millimetres, y of the mean head between which hair ends
HAIRLINE, BEHIND_EARS = (84.0, -2.0), -78.0  # millimetres of the mean head: y and z in the middle, z at the ears
EAR, EAR_SIZE = (84.0, -26.0, -78.0), (18.0, 34.0, 22.0)  # centre and half axes of the left ear, millimetres
CENTRE, CROWN = (0.0, 20.0, -75.0), (0.12, 0.72, -0.68)  # of the scalp, millimetres; from it towards the whorl
FINE, CLUMPS, WAVES = 1400, 260, 40  # strands, clumps of them and waves round the crown
LENGTHS = (10, 7, 4)  # how many of each follow one another from the crown to the nape
SHARES = (0.6, 0.65, 0.45)  # of each in the relief
RESOLVED = 0.8, 1.3  # values of noise per texel up to which it is shown in full, and from which it is left out
FRAY = 0.3  # how far strands stand out over the border of the hair
FRINGE, FRINGE_LENGTHS, FRINGE_SHARES = 500, (24, 18), (0.7, 0.7)  # the strands that do, see above


def scalp_of(points: np.ndarray) -> np.ndarray:
    """Return which points (..., 3) of the mean head bear hair, float32 in [0, 1]: above the nape, behind the ears and
    the forehead."""
    y, z = points[..., 1], points[..., 2]
    rise = np.array(HAIRLINE) - (0, BEHIND_EARS)  # from the ear's upper root to the middle of the hairline, y and z
    behind = (rise[0] * (BEHIND_EARS - z) + rise[1] * y) / np.hypot(*rise)
    behind = np.where(y > 0, behind, BEHIND_EARS - z)
    above_nape = smoothstep((y - NAPE[0]) / (NAPE[1] - NAPE[0]))
    return smoothstep(behind / 12 + 0.5) * above_nape * (1 - ears_of(points))


def ears_of(points: np.ndarray) -> np.ndarray:
    """Return which points (..., 3) of the mean head belong to the ears, float32 in [0, 1]."""
    left = np.concatenate([np.abs(points[..., :1]), points[..., 1:]], -1)  # ears are alike
    return smoothstep(4.5 - 4 * np.linalg.norm((left - np.array(EAR)) / EAR_SIZE, axis=-1))


def frayed(scalp: np.ndarray, strands: np.ndarray) -> np.ndarray:
    """Return the share of hair (S, S) where its border is broken up by its own strands."""
    return smoothstep((scalp + 4 * FRAY * np.tanh(strands) * scalp * (1 - scalp) - 0.15) / 0.7)


def strands_at(points: np.ndarray) -> np.ndarray:
    """Return the relief (S, S) float32 of strands at points (S, S, 3) of the mean head, of standard deviation 1.

    It is a function of the place on the head alone, so that it has no seam where the texture has one.
    """
    return _relief(points, (FINE, CLUMPS, WAVES), LENGTHS, SHARES)


def fringe_at(points: np.ndarray) -> np.ndarray:
    """Return how far strands stand out over the border of the hair, as `strands_at`: single ones, in no waves."""
    return _relief(points, (FINE, FRINGE), FRINGE_LENGTHS, FRINGE_SHARES)


def _relief(points: np.ndarray, numbers: tuple, lengths: tuple, shares: tuple) -> np.ndarray:
    axis = np.array(CROWN) / np.linalg.norm(CROWN)
    side = np.cross((0, 1, 0), axis)
    side /= np.linalg.norm(side)
    away = points - np.array(CENTRE, np.float32)
    away = away / np.maximum(np.linalg.norm(away, axis=-1, keepdims=True), 1e-6)
    across, over, along = (away @ each.astype(np.float32) for each in (side, np.cross(axis, side), axis))
    turn, fall = np.arctan2(over, across) / (2 * np.pi) + 0.5, np.arccos(np.clip(along, -1, 1)) / np.pi
    rng = np.random.default_rng(0)
    bend = _noise(rng, 24, 5, turn, fall)
    turn = (turn + 0.006 * bend * np.minimum(fall * 6, 1) + 0.03 * fall) % 1  # strands are not straight
    wide = _per_texel(turn)
    layers = zip(numbers, lengths, shares, strict=True)
    relief = sum(share * _noise(rng, n, down, turn, fall) * _resolved(n * wide) for n, down, share in layers)
    return (relief / relief.std()).astype(np.float32)


def _per_texel(turn: np.ndarray) -> np.ndarray:
    """Return how far turn (S, S), which runs from 0 to 1 and begins again, changes from texel to texel."""
    steps = (np.abs(np.diff(turn, axis=axis, append=np.take(turn, [-1], axis))) for axis in (0, 1))
    return cv2.GaussianBlur(np.hypot(*(np.minimum(step, 1 - step) for step in steps)), (0, 0), 1.5)


def _resolved(values_per_texel: np.ndarray) -> np.ndarray:
    """Return how far noise with so many values per texel is shown, in [0, 1]: finer noise makes stripes of its own."""
    return smoothstep((RESOLVED[1] - values_per_texel) / (RESOLVED[1] - RESOLVED[0]))


def _noise(rng: np.random.Generator, around: int, down: int, turn: np.ndarray, fall: np.ndarray) -> np.ndarray:
    """Return smooth noise at places turn, fall (S, S) in [0, 1], with so many values round the crown and from it."""
    values = rng.standard_normal((down + 4, around)).astype(np.float32)
    values = np.concatenate([values, values[:, :4]], 1)  # what goes round once meets itself
    return cv2.remap(values, turn * around + 1, fall * down + 1, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
