# SPDX-License-Identifier: GPL-3.0-or-later
"""Random people: identity and expression weights of the face model, gaze, and what expressions do to skin and lids."""

from dataclasses import dataclass

import numpy as np

from nets.interface.expressions import SIDES
from nets.lab.synth.expressions import draw_expression
from nets.topology.face_model import FACE, LEFT_EYEBALL, RIGHT_EYEBALL, FaceModel, eyeball_centre


@dataclass(frozen=True)
class Person:
    """Weights of the face model, and where the eyes look.

    identity, expression: (100,), (53,) float32
    gaze: (2, 2) float32, yaw and pitch of the right and the left eye, radians, positive to the person's left and up
    """

    identity: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray


def draw_person(rng: np.random.Generator, names: tuple[str, ...]) -> Person:
    """Draw a person with an expression, for a model whose expressions have these names."""
    identity = rng.standard_normal(100).astype(np.float32) * rng.choice([0.9, 1.1])
    expression, gaze = draw_expression(rng, names)
    return Person(identity, expression, gaze)


def creases(expression: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return how far expression weights (53,) fold the skin of the person's right and left half (2, 5), in [0, 1].

    The order of the folds is that of nets/lab/synth/skin.py.
    """
    weight = dict(zip(names, expression, strict=True))

    def most(side: str, *parts: str) -> float:
        return max(weight.get(name, 0.0) for part in parts for name in (part, part + side))

    folds = [
        (
            most(side, "mouthSmile", "noseSneer", "mouthUpperUp"),
            most(side, "browInnerUp", "browOuterUp"),
            most(side, "browDown", "noseSneer"),
            most(side, "mouthShrugLower", "mouthFrown"),
            most(side, "cheekSquint", "eyeSquint", "eyeBlink"),
        )
        for side in SIDES
    ]
    return np.clip(folds, 0, 1)


class LidContact:
    """Keeps lids outside the eyeballs: vertices move in straight lines, which would lead through the sphere."""

    def __init__(self, model: FaceModel):
        self._lids = []
        for eyeball in (RIGHT_EYEBALL, LEFT_EYEBALL):
            centre, radius = eyeball_centre(model.neutral, eyeball), _radius(model.neutral, eyeball)
            distance = np.linalg.norm(model.neutral[FACE] - centre, axis=1)
            near = np.flatnonzero((distance < 1.5 * radius) & (model.neutral[FACE, 2] > centre[2] + 0.2 * radius))
            self._lids.append((eyeball, near, np.minimum(distance[near] / radius, 1.03)[:, None].astype(np.float32)))

    def apply(self, vertices: np.ndarray) -> None:
        """Push the lids of a head (V, 3) out of the eyeballs, in place."""
        for eyeball, near, least in self._lids:
            centre = eyeball_centre(vertices, eyeball)
            relative = vertices[near] - centre
            length = np.linalg.norm(relative, axis=1, keepdims=True)
            vertices[near] = centre + relative * np.maximum(1, least * _radius(vertices, eyeball) / length)


def _radius(vertices: np.ndarray, eyeball: slice) -> float:
    return float(np.ptp(vertices[eyeball], 0)[:2].mean() / 2)
