# SPDX-License-Identifier: GPL-3.0-or-later
"""Apple's 52 blendshapes: their names, and their weights over a performance.

Where the face model is installed they are solved for by bounded least squares on its expressions; elsewhere they are
what the network said. Where the eyes look is the network's word in both cases: no shape tells it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from blender_prnet.live_link import EYE_TURN, WEIGHTS
from nets.expressions import EXPRESSIONS
from nets.face_model import FaceModelError, find_face_model, load_face_model
from nets.performance.coarse import COARSE, CoarseShape
from nets.performance.person import Person

SIDES = {"L": "Left", "R": "Right"}
NAMES = tuple(name[0].lower() + name[1:] for name in WEIGHTS)
LOOKS = tuple(f"eyeLook{way}{side}" for side in ("Right", "Left") for way in ("Out", "In", "Up", "Down"))
LOOK_COLUMNS = [NAMES.index(name) for name in LOOKS]
# In mm² of the mean squared distance over the face:
COST = 0.08  # of a weight, so that few blendshapes explain a face
BLINK_COST = 0.02  # likewise, of the blinks: they move little of the face, but seldom by mistake
SIZE_COST = 0.01  # of a weight's square, so that what explains little stays small
CHANGE_COST = 0.001  # of the square of its change from frame to frame
IDENTITY_COST = 0.003  # of the square of an identity mode's weight
SWEEPS = 40
QUIET, OWN = 10, 0.2  # per cent of the frames, and the most that a weight at rest may be off
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
        return _of_face_model(find_face_model())
    except (FaceModelError, ImportError):
        return None


@cache
def _of_face_model(path: Path) -> Blendshapes:
    from nets.face_chart import build_chart

    model = load_face_model(path)
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


def of_network(expression: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """Weights (F, 52) of NAMES for those (F, 53) of nets/expressions.py, of two halves that Apple has as one the mean,
    and for those of LOOKS (F, 8). What little shows in nearly every frame is how the face is made, and no expression.
    """
    column = [NAMES.index(arkit_name(name)) for name in EXPRESSIONS]
    weights = np.zeros((len(expression), len(NAMES)), np.float32)
    np.add.at(weights.T, column, expression.T)
    weights /= np.maximum(np.bincount(column, minlength=len(NAMES)), 1)
    level = np.percentile(weights, QUIET, 0).clip(max=OWN)
    weights = ((weights - level) / (1 - level)).clip(0, 1).astype(np.float32)
    weights[:, LOOK_COLUMNS] = looks
    return weights


def of_gaze(gaze: np.ndarray) -> np.ndarray:
    """Weights (F, 8) of LOOKS for yaw and pitch (F, 2, 2) of the right and the left eye (nets.engines.Prediction);
    (F, 0) without any."""
    if not gaze.size:
        return np.zeros((len(gaze), 0), np.float32)
    outward, upward = gaze[..., 0] * (-1, 1) / EYE_TURN[0], gaze[..., 1] / EYE_TURN[1]
    weights = np.stack([outward, -outward, upward, -upward], -1).clip(0, 1)
    return weights.reshape(len(gaze), -1).astype(np.float32)


def solve(
    person: Person, weights: np.ndarray, looks: np.ndarray, blendshapes: Blendshapes, coarse: CoarseShape
) -> np.ndarray:
    """Weights (F, 52) in [0, 1] of NAMES for a person's shape weights (F, K), those of LOOKS (F, 8) being known; (F, 0)
    where they are not.

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
    known = LOOK_COLUMNS[: looks.shape[1]]
    solved, typical_shape = np.zeros((len(weights), len(NAMES))), neutral + np.median(weights, 0) @ motion
    solved[:, known] = looks
    at_rest = neutral
    for _ in range(NEUTRAL_ROUNDS):
        solved = bounded(gram, cross + (neutral - at_rest) @ shapes.T, solved, known, SWEEPS // NEUTRAL_ROUNDS)
        rest = typical_shape - np.median(solved, 0) @ shapes
        at_rest = (inverse @ (identity @ rest)) @ identity
        left = rest - at_rest
        at_rest = at_rest + left - (unmoved @ (shapes @ left)) @ shapes  # what no blendshape moves is the person's own
    return bounded(gram, cross + (neutral - at_rest) @ shapes.T, solved, known, SWEEPS).astype(np.float32)


def bounded(gram: np.ndarray, target: np.ndarray, start: np.ndarray, known: list[int], sweeps: int) -> np.ndarray:
    """The w (F, 52) in [0, 1] for which sum |w @ shapes - frame|² + the costs above is least.

    gram (52, 52) = shapes @ shapes.T, target (F, 52) = frames @ shapes.T; known: columns that stay as in start (F, 52),
    which projected coordinate descent sets out from, one weight in every other frame at a time.
    """
    count = len(target)
    padded = np.pad(start, ((1, 1), (0, 0)))
    w = padded[1:-1]
    neighbours = np.full(count, 2.0)
    neighbours[0] -= 1
    neighbours[-1] -= 1
    costs = np.where(["Blink" in name for name in NAMES], BLINK_COST, COST)
    active = np.setdiff1d(np.flatnonzero(np.diag(gram) > 1e-6), known)
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
