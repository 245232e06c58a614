# SPDX-License-Identifier: GPL-3.0-or-later
"""Apple's 52 blendshapes: their names, and their weights over a performance, by bounded least squares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from blender_prnet.live_link import WEIGHTS
from nets.face_model import FaceModelError, load_face_model
from nets.performance.coarse import COARSE, CoarseShape
from nets.performance.person import Person

SIDES = {"L": "Left", "R": "Right"}
NAMES = tuple(name[0].lower() + name[1:] for name in WEIGHTS)
# In mm² of the mean squared distance over the face:
COST = 0.08  # of a weight, so that few blendshapes explain a face
BLINK_COST = 0.02  # likewise, of the blinks: they move little of the face, but seldom by mistake
SIZE_COST = 0.01  # of a weight's square, so that what explains little stays small
CHANGE_COST = 0.001  # of the square of its change from frame to frame
IDENTITY_COST = 0.003  # of the square of an identity mode's weight
SWEEPS = 40
NEUTRAL_ROUNDS = 4


@dataclass(frozen=True)
class Blendshapes:
    """shapes (52, 64, 64, 3): what each blendshape of NAMES moves at weight 1, coarse canonical maps in millimetres;
    identity (100, 64, 64, 3): the modes in which neutral faces differ, weights about N(0, 1)."""

    shapes: np.ndarray
    identity: np.ndarray


def load_blendshapes() -> Blendshapes | None:
    """Those of the face model, where it is installed with what its chart needs (requirements/training.txt)."""
    try:
        return _of_face_model()
    except (FaceModelError, ImportError):
        return None


@cache
def _of_face_model() -> Blendshapes:
    from nets.face_chart import build_chart

    model = load_face_model()
    chart = build_chart(model)

    def gathered(moved: np.ndarray) -> np.ndarray:
        return (chart.coarse.gather(chart.extend(model.neutral + moved)) - neutral).astype(np.float32)

    neutral = chart.coarse.gather(chart.extend(model.neutral))
    shapes = np.zeros((len(NAMES), COARSE, COARSE, 3), np.float32)
    for name, moved in zip(model.expression_names, model.expression, strict=True):
        shapes[NAMES.index(arkit_name(name))] += gathered(moved)
    return Blendshapes(shapes, np.stack([gathered(mode) for mode in model.identity]))


def arkit_name(name: str) -> str:
    """Apple's name for an expression of the face model, which splits browInnerUp and cheekPuff in two."""
    stem, _, side = name.partition("_")
    return stem if stem in ("browInnerUp", "cheekPuff") else stem + SIDES.get(side, "")


def solve(person: Person, weights: np.ndarray, blendshapes: Blendshapes, coarse: CoarseShape) -> np.ndarray:
    """Weights (F, 52) in [0, 1] of NAMES for a person's shape weights (F, K).

    Each frame's shape is explained as the person's face at rest, the blendshapes, and a small similarity transform with
    some perspective, which no blendshape shall have to imitate. The face at rest is found along the way.
    """
    texels = np.sqrt(coarse.weights.ravel() / coarse.weights.sum())[:, None]

    def weighted(maps: np.ndarray) -> np.ndarray:
        return (maps.reshape(len(maps), -1, 3) * texels).reshape(len(maps), -1)

    free = np.linalg.qr(weighted(rigid_motions((coarse.mean + person.neutral).reshape(-1, 3))).T)[0]

    def without_free(maps: np.ndarray) -> np.ndarray:
        flat = weighted(maps)
        return flat - (flat @ free) @ free.T

    shapes, identity = without_free(blendshapes.shapes), without_free(blendshapes.identity)
    motion, neutral = without_free(person.basis), without_free(person.neutral[None])[0]
    gram, cross = (shapes @ shapes.T).astype(np.float64), weights @ (motion @ shapes.T)
    inverse = np.linalg.inv(identity @ identity.T + IDENTITY_COST * np.eye(len(identity)))
    unmoved = np.linalg.pinv(gram, rcond=1e-6, hermitian=True)
    solved, typical_shape = np.zeros((len(weights), len(NAMES))), neutral + np.median(weights, 0) @ motion
    at_rest = neutral
    for _ in range(NEUTRAL_ROUNDS):
        solved = bounded(gram, cross + (neutral - at_rest) @ shapes.T, solved, SWEEPS // NEUTRAL_ROUNDS)
        rest = typical_shape - np.median(solved, 0) @ shapes
        at_rest = (inverse @ (identity @ rest)) @ identity
        left = rest - at_rest
        at_rest = at_rest + left - (unmoved @ (shapes @ left)) @ shapes  # what no blendshape moves is the person's own
    return bounded(gram, cross + (neutral - at_rest) @ shapes.T, solved, SWEEPS).astype(np.float32)


def bounded(gram: np.ndarray, target: np.ndarray, start: np.ndarray, sweeps: int) -> np.ndarray:
    """The w (F, 52) in [0, 1] for which sum |w @ shapes - frame|² + the costs above is least.

    gram (52, 52) = shapes @ shapes.T, target (F, 52) = frames @ shapes.T. Projected coordinate descent, one weight in
    every other frame at a time.
    """
    count = len(target)
    padded = np.pad(start, ((1, 1), (0, 0)))
    w = padded[1:-1]
    neighbours = np.full(count, 2.0)
    neighbours[0] -= 1
    neighbours[-1] -= 1
    costs = np.where(["Blink" in name for name in NAMES], BLINK_COST, COST)
    active = np.flatnonzero(np.diag(gram) > 1e-6)
    for _ in range(sweeps):
        for b in active:
            for parity in (0, 1):
                rows = slice(parity, None, 2)
                beside = padded[parity:-2:2, b] + padded[2 + parity :: 2, b]
                rest = target[rows, b] - w[rows] @ gram[b] + w[rows, b] * gram[b, b]
                rest += CHANGE_COST * beside - costs[b] / 2
                w[rows, b] = np.clip(rest / (gram[b, b] + SIZE_COST + CHANGE_COST * neighbours[rows]), 0, 1)
    return w.copy()


def rigid_motions(points: np.ndarray) -> np.ndarray:
    """(10, M, 3): shifts, turns, growth of points (M, 3), and how they look from nearer in front, beside and above."""
    x, y, z = points.T
    nothing, one = np.zeros_like(x), np.ones_like(x)
    rows = [
        *((one, nothing, nothing), (nothing, one, nothing), (nothing, nothing, one)),
        *((nothing, -z, y), (z, nothing, -x), (-y, x, nothing)),
        (x, y, z),
        *((x * z, y * z, nothing), (nothing, y * x, z * x), (x * y, nothing, z * y)),
    ]
    return np.stack([np.stack(row, 1) for row in rows])
