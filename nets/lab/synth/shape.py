# SPDX-License-Identifier: GPL-3.0-or-later
"""Random people: identity and expression weights of the face model, gaze, and what expressions do to skin and lids."""

from dataclasses import dataclass

import numpy as np

from nets.topology.face_model import FACE, LEFT_EYEBALL, RIGHT_EYEBALL, FaceModel, eyeball_centre

# Expressions as they co-occur (after the Facial Action Coding System's emotions and everyday mouths), at full display.
DISPLAYS = (
    {"mouthSmile": 0.9, "cheekSquint": 0.6, "eyeSquint": 0.4, "mouthUpperUp": 0.25, "mouthDimple": 0.2},
    {"mouthSmile": 0.7, "jawOpen": 0.35, "mouthUpperUp": 0.45, "mouthLowerDown": 0.4, "cheekSquint": 0.5},
    {"jawOpen": 0.8, "browInnerUp": 0.8, "browOuterUp": 0.8, "eyeWide": 0.8},
    {"jawOpen": 0.35, "mouthFunnel": 0.4, "mouthLowerDown": 0.3},
    {"jawOpen": 0.25, "mouthStretch": 0.4, "mouthUpperUp": 0.3, "mouthLowerDown": 0.5},
    {"mouthPucker": 0.8, "mouthFunnel": 0.2},
    {"browDown": 0.9, "eyeSquint": 0.5, "noseSneer": 0.5, "mouthPress": 0.5, "mouthFrown": 0.3},
    {"noseSneer": 0.9, "mouthUpperUp": 0.6, "browDown": 0.5, "cheekSquint": 0.4},
    {"browInnerUp": 0.9, "mouthFrown": 0.8, "mouthShrugLower": 0.5, "eyeSquint": 0.2},
    {"mouthPress": 0.7, "mouthRollLower": 0.5, "mouthRollUpper": 0.5, "mouthClose": 0.05},
    {"cheekPuff": 0.8, "mouthPress": 0.3},
    {"jawOpen": 1.0, "browDown": 0.5, "noseSneer": 0.4, "mouthStretch": 0.5, "eyeSquint": 0.6},
    {"browOuterUp": 0.7, "browInnerUp": 0.6},
    {"mouthShrugUpper": 0.5, "mouthShrugLower": 0.6, "browInnerUp": 0.4},
    {
        "mouthSmile": 1.0,
        "jawOpen": 0.6,
        "cheekSquint": 0.9,
        "eyeSquint": 0.7,
        "mouthUpperUp": 0.6,
        "mouthLowerDown": 0.3,
    },
    {"mouthSmile": 0.5, "cheekSquint": 0.2, "eyeSquint": 0.15},
    {"mouthSmile": 0.75, "mouthUpperUp": 0.4, "cheekSquint": 0.5, "eyeSquint": 0.3, "mouthLowerDown": 0.25},
    {"jawOpen": 0.2, "mouthLowerDown": 0.35, "mouthUpperUp": 0.2, "browInnerUp": 0.2},
    {"jawOpen": 0.15, "mouthPucker": 0.4, "mouthFunnel": 0.3, "browDown": 0.3},
    {"noseSneer": 0.8, "mouthUpperUp": 0.7, "mouthShrugLower": 0.4, "browDown": 0.4, "eyeSquint": 0.4},
    {"jawOpen": 1.0, "mouthStretch": 0.3, "browInnerUp": 0.5, "mouthFunnel": 0.2},
    {"browDown": 0.5, "eyeSquint": 0.7},
)
DISPLAY_ODDS = np.array([3, 2, 1, 1, 1, 0.7, 1, 0.8, 1, 1, 0.5, 0.8, 1, 0.7, 2, 3, 3, 1.5, 1, 0.8, 0.8, 1])


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
    weights = dict.fromkeys(names, 0.0)

    def add(name: str, amount: float, imbalance: float = 0.15) -> None:
        for side in ("", "_L", "_R"):
            if name + side in weights:
                weights[name + side] += amount * (1 + rng.normal(0, imbalance) if side else 1)

    if rng.random() < 0.7:
        for _ in range(rng.choice([1, 1, 2])):
            strength = rng.uniform(0.1, 1.15)
            for name, amount in DISPLAYS[rng.choice(len(DISPLAYS), p=DISPLAY_ODDS / DISPLAY_ODDS.sum())].items():
                add(name, amount * strength * rng.uniform(0.6, 1.2))
    if rng.random() < 0.5:
        for name in rng.choice(names, rng.integers(2, 9), replace=False):
            if "Look" not in name and "Blink" not in name:
                weights[name] += rng.uniform(0, 0.6) * (0.4 if name.startswith("jaw") else 1)
    if rng.random() < 0.15:
        add("jawOpen", rng.beta(1.2, 2.5))

    gaze = np.tile(rng.normal(0, (0.2, 0.13)), (2, 1)) + rng.normal(0, 0.02, (2, 2))
    gaze[:, 0] += rng.normal(0, 0.03) * np.array([1, -1])
    gaze = np.clip(gaze, -0.5, 0.5)
    for side, (yaw, pitch), outward in (("_R", gaze[0], -1), ("_L", gaze[1], 1)):
        weights["eyeLookUp" + side] = max(pitch, 0) / 0.5
        weights["eyeLookDown" + side] = max(-pitch, 0) / 0.5
        weights["eyeLookOut" + side] = max(yaw * outward, 0) / 0.6
        weights["eyeLookIn" + side] = max(-yaw * outward, 0) / 0.6
    blink = rng.random()
    if blink < 0.2:  # closed, or a wink
        for side in ("_L", "_R") if rng.random() < 0.85 else (str(rng.choice(["_L", "_R"])),):
            weights["eyeBlink" + side] = rng.uniform(0.85, 1.05)
            weights["eyeLookDown" + side] *= 0.3
            weights["eyeSquint" + side] *= 0.5
            weights["eyeWide" + side] = 0
    elif blink < 0.55:
        add("eyeBlink", rng.uniform(0, 0.5), 0.05)
    expression = np.clip([weights[name] for name in names], 0, 1.15).astype(np.float32)
    return Person(identity, expression, gaze.astype(np.float32))


def creases(expression: np.ndarray, names: tuple[str, ...]) -> np.ndarray:
    """Return how far expression weights (53,) fold the skin (5,), in [0, 1], in the order of nets/lab/synth/skin.py."""
    weight = dict(zip(names, expression, strict=True))

    def most(*parts: str) -> float:
        return max(weight.get(part + side, 0.0) for part in parts for side in ("", "_L", "_R"))

    folds = (
        most("mouthSmile", "noseSneer", "mouthUpperUp"), most("browInnerUp", "browOuterUp"),
        most("browDown", "noseSneer"), most("mouthShrugLower", "mouthFrown"),
        most("cheekSquint", "eyeSquint", "eyeBlink"),
    )  # fmt: skip
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
