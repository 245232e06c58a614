# SPDX-License-Identifier: GPL-3.0-or-later
"""Apple's 52 blendshapes: their names, and their weights over a performance, by bounded least squares."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np

from nets.face_model import FaceModelError, load_face_model
from nets.performance.coarse import COARSE, CoarseShape
from nets.performance.person import Person

SIDES = {"L": "Left", "R": "Right"}
NAMES = tuple(
    [f"eye{part}{side}" for side in ("Left", "Right")
     for part in ("Blink", "LookDown", "LookIn", "LookOut", "LookUp", "Squint", "Wide")]
    + ["jawForward", "jawRight", "jawLeft", "jawOpen"]
    + ["mouthClose", "mouthFunnel", "mouthPucker", "mouthRight", "mouthLeft"]
    + [f"mouth{part}{side}" for part in ("Smile", "Frown", "Dimple", "Stretch") for side in ("Left", "Right")]
    + ["mouthRollLower", "mouthRollUpper", "mouthShrugLower", "mouthShrugUpper"]
    + [f"mouth{part}{side}" for part in ("Press", "LowerDown", "UpperUp") for side in ("Left", "Right")]
    + ["browDownLeft", "browDownRight", "browInnerUp", "browOuterUpLeft", "browOuterUpRight", "cheekPuff"]
    + [f"{part}{side}" for part in ("cheekSquint", "noseSneer") for side in ("Left", "Right")]
    + ["tongueOut"]
)  # fmt: skip
WEIGHT_COST = 0.15  # mm² · texels per weight², as a share of the whole face's: what explains little stays small
CHANGE_COST = 0.1  # likewise, of a weight's change from frame to frame
IDENTITY_COST = 1.0  # mm², of an identity mode's weight²
SWEEPS = 60
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
    texels = np.sqrt(coarse.weights.ravel())[:, None]
    own = (coarse.mean + person.neutral).reshape(-1, 3)

    def weighted(maps: np.ndarray) -> np.ndarray:
        return (maps.reshape(len(maps), -1, 3) * texels).reshape(len(maps), -1).astype(np.float64)

    free = weighted(rigid_motions(own))
    free /= np.linalg.norm(free, axis=1, keepdims=True)
    projector = np.linalg.solve(free @ free.T, free)

    def without_free(maps: np.ndarray) -> np.ndarray:
        return maps - (maps @ free.T) @ projector

    shapes = without_free(weighted(blendshapes.shapes))
    identity = without_free(weighted(blendshapes.identity))
    motion, neutral = without_free(weighted(person.basis)), without_free(weighted(person.neutral[None]))[0]
    gram, cross = shapes @ shapes.T, weights @ (motion @ shapes.T)
    scale = coarse.weights.sum()
    inverse = np.linalg.inv(identity @ identity.T + IDENTITY_COST * scale * np.eye(len(identity)) / 100)
    solved = np.zeros((len(weights), len(NAMES)))
    at_rest = neutral
    for _ in range(NEUTRAL_ROUNDS):
        solved = bounded(gram, cross + (neutral - at_rest) @ shapes.T, solved, scale)
        typical = np.median(solved, 0)
        rest = neutral + np.median(weights, 0) @ motion - typical @ shapes
        at_rest = (inverse @ (identity @ rest)) @ identity
        at_rest = at_rest + 0.9 * _unexplained(rest - at_rest, shapes)
    return bounded(gram, cross + (neutral - at_rest) @ shapes.T, solved, scale).astype(np.float32)


def _unexplained(residual: np.ndarray, shapes: np.ndarray) -> np.ndarray:
    """The part of a residual (3M,) that no combination of blendshapes moves."""
    active = shapes[np.linalg.norm(shapes, axis=1) > 1e-6]
    return residual - np.linalg.lstsq(active.T, residual, rcond=1e-4)[0] @ active


def bounded(gram: np.ndarray, target: np.ndarray, start: np.ndarray, scale: float) -> np.ndarray:
    """The w (F, B) in [0, 1] for which sum |w @ shapes - frame|² + costs of size and change is least.

    gram (B, B) = shapes @ shapes.T, target (F, B) = frames @ shapes.T. Projected coordinate descent, a weight of every
    other frame at a time.
    """
    size, change = WEIGHT_COST * scale / 100, CHANGE_COST * scale / 100
    count = len(target)
    neighbours = np.full(count, 2.0)
    neighbours[[0, -1]] -= 1
    w = start.copy()
    for _ in range(SWEEPS):
        for b in range(len(gram)):
            if gram[b, b] < 1e-6:
                continue
            for parity in (0, 1):
                rows = slice(parity, None, 2)
                padded = np.pad(w[:, b], 1)
                beside = (padded[:-2] + padded[2:])[rows]
                rest = target[rows, b] - w[rows] @ gram[b] + w[rows, b] * gram[b, b] + change * beside
                w[rows, b] = np.clip(rest / (gram[b, b] + size + change * neighbours[rows]), 0, 1)
    return w


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
