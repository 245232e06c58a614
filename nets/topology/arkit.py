# SPDX-License-Identifier: GPL-3.0-or-later
"""Apple's 52 blendshapes: their names, and least-squares fits of their weights."""

from __future__ import annotations

import numpy as np

from nets.interface.expressions import EXPRESSIONS
from nets.interface.live_link import EYE_TURN, WEIGHTS, arkit_name, other_side

SIDES = {"L": "Left", "R": "Right"}  # by the suffixes of the face model's expressions
NAMES = tuple(name[0].lower() + name[1:] for name in WEIGHTS)
EYE_LOOKS = tuple(f"eyeLook{way}{side}" for side in ("Right", "Left") for way in ("Out", "In", "Up", "Down"))
SETTLED = 1e-6  # change of all weights in a sweep below which nothing moves any more
EYE_LOOK_COLUMNS = [NAMES.index(name) for name in EYE_LOOKS]
_SPELLED = [arkit_name(name) for name in NAMES]
OTHER_SIDE = [_SPELLED.index(other_side(name)) for name in _SPELLED]  # of each of NAMES, the same where it has no side


def blendshape_name(name: str) -> str:
    """Return Apple's name for an expression of the face model, which splits browInnerUp and cheekPuff in two."""
    stem, _, side = name.partition("_")
    return stem if stem in ("browInnerUp", "cheekPuff") else stem + SIDES.get(side, "")


def named_weights(expression: np.ndarray) -> np.ndarray:
    """Convert weights (F, 53) of the face model's expressions to weights (F, 52) of NAMES.

    Two halves of one of Apple's shapes are averaged.
    """
    column = [NAMES.index(blendshape_name(name)) for name in EXPRESSIONS]
    weights = np.zeros((len(expression), len(NAMES)), np.float32)
    np.add.at(weights.T, column, expression.T)
    return weights / np.maximum(np.bincount(column, minlength=len(NAMES)), 1)


def look_weights(gaze: np.ndarray) -> np.ndarray:
    """Return weights (F, 8) of EYE_LOOKS for a gaze (F, 2, 2), see nets.model.engines.Prediction; (F, 0) for none."""
    if not gaze.size:
        return np.zeros((len(gaze), 0), np.float32)
    outward, upward = gaze[..., 0] * (-1, 1) / EYE_TURN[0], gaze[..., 1] / EYE_TURN[1]
    weights = np.stack([outward, -outward, upward, -upward], -1).clip(0, 1)
    return weights.reshape(len(gaze), -1).astype(np.float32)


def bounded_least_squares(
    gram: np.ndarray, target: np.ndarray, start: np.ndarray, prior: np.ndarray, costs: np.ndarray, sweeps: int
) -> np.ndarray:
    """Return the w (F, 52) in [0, 1] that minimises sum |w @ shapes - frame|² + |w - prior| @ costs.

    gram: (52, 52), shapes @ shapes.T
    target: (F, 52), frames @ shapes.T
    start: (F, 52), where the descent starts; its weights of EYE_LOOKS are kept
    prior: (F, 52), weights that are kept unless the frames contradict them
    costs: (52,), of moving a weight by 1 away from its prior
    sweeps: how many times all weights are updated in turn, at most: the descent ends once they stay as they are

    Solved by coordinate descent (Friedman et al., "Pathwise coordinate optimization", Annals of Applied Statistics
    2007).
    """
    w = start.astype(np.float64)
    residual = target - w @ gram
    moved = np.setdiff1d(np.flatnonzero(np.diag(gram) > 1e-6), EYE_LOOK_COLUMNS)
    for _ in range(sweeps):
        before = w.copy()
        for b in moved:
            step = w[:, b] - prior[:, b] + residual[:, b] / gram[b, b]
            step = np.sign(step) * np.maximum(np.abs(step) - costs[b] / (2 * gram[b, b]), 0)
            better = np.minimum(np.maximum(prior[:, b] + step, 0), 1)
            residual -= (better - w[:, b])[:, None] * gram[b]
            w[:, b] = better
        if np.abs(w - before).max() < SETTLED:
            break
    return w


def rigid_motions(points: np.ndarray) -> np.ndarray:
    """Return how points (M, 3) move by small changes of the pose, (10, M, 3).

    These are three shifts, three rotations, scaling, and the perspective of a camera nearer in front, at the side and
    above.
    """
    x, y, z = points.T
    zero, one = np.zeros_like(x), np.ones_like(x)
    rows = [
        *((one, zero, zero), (zero, one, zero), (zero, zero, one)),
        *((zero, -z, y), (z, zero, -x), (-y, x, zero)),
        (x, y, z),
        *((x * z, y * z, zero), (zero, y * x, z * x), (x * y, zero, z * y)),
    ]
    return np.stack([np.stack(row, 1) for row in rows])
