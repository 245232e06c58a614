# SPDX-License-Identifier: GPL-3.0-or-later
"""Random expressions and gazes: displays as they co-occur, with sides that act apart, winks, looks to the corners."""

from collections import defaultdict

import numpy as np

from nets.interface.expressions import SIDES

# Expressions as they co-occur (after the Facial Action Coding System's emotions and everyday mouths), at full display.
# A name without a side means both of them.
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
    {"browDown": 0.9, "browInnerUp": 0.4},
    {"browInnerUp": 0.9},
    {"browOuterUp": 0.9, "eyeWide": 0.3},
    {"browOuterUp_L": 0.9, "browDown_R": 0.7},
    {"browOuterUp_R": 0.9, "browDown_L": 0.7},
    {"mouthSmile_L": 0.7, "mouthDimple_L": 0.5, "cheekSquint_L": 0.3, "mouthLeft": 0.2},
    {"mouthSmile_R": 0.7, "mouthDimple_R": 0.5, "cheekSquint_R": 0.3, "mouthRight": 0.2},
    {"mouthLeft": 0.8, "mouthPress_L": 0.3, "jawLeft": 0.3},
    {"mouthRight": 0.8, "mouthPress_R": 0.3, "jawRight": 0.3},
    {"noseSneer_L": 0.9, "mouthUpperUp_L": 0.7, "cheekSquint_L": 0.4},
    {"noseSneer_R": 0.9, "mouthUpperUp_R": 0.7, "cheekSquint_R": 0.4},
    {"mouthShrugLower": 0.8, "mouthPucker": 0.4, "mouthFrown": 0.4},
    {"mouthFunnel": 0.9, "jawOpen": 0.2},
    {"mouthRollLower": 0.9, "mouthRollUpper": 0.8, "mouthPress": 0.3},
    {"mouthFrown": 0.9, "mouthShrugLower": 0.4, "browDown": 0.3},
)
DISPLAY_ODDS = np.array(
    [3, 2, 1, 1, 1, 0.7, 1, 0.8, 1, 1, 0.5, 0.8, 1, 0.7, 2, 3, 3, 1.5, 1, 0.8, 0.8, 1, 1.5]
    + [1, 0.8, 0.6, 0.6, 0.8, 0.8, 0.4, 0.4, 0.4, 0.4, 0.8, 0.6, 0.5, 0.8]
)
ONE_SIDED = 0.5  # share of the displays whose two sides are drawn apart
CLOSED, WINK, HALF_WINK, DROOPING = 0.11, 0.09, 0.1, 0.25  # shares of the faces, by what the lids do
MOST = 1.15  # highest weight
CORNERS = (0.6, 0.45)  # radians, yaw and pitch of the furthest looks


def draw_expression(rng: np.random.Generator, names: tuple[str, ...]) -> tuple[np.ndarray, np.ndarray]:
    """Draw the weights (len(names),) float32 of the expressions of these names, and the gaze that goes with them.

    The gaze is (2, 2) float32: see nets.lab.synth.shape.Person.
    """
    weights = dict.fromkeys(names, 0.0)
    if rng.random() < 0.75:
        for _ in range(rng.choice([1, 1, 2])):
            _add_display(rng, weights)
    if rng.random() < 0.5:
        for name in rng.choice(names, rng.integers(2, 9), replace=False):
            if "Look" not in name and "Blink" not in name:
                weights[name] += rng.uniform(0, 0.6) * (0.4 if name.startswith("jaw") else 1)
    if rng.random() < 0.15:
        weights["jawOpen"] += rng.beta(1.2, 2.5)
    gaze = _draw_gaze(rng)
    _look(weights, gaze)
    _draw_lids(rng, weights)
    return np.clip([weights[name] for name in names], 0, MOST).astype(np.float32), gaze.astype(np.float32)


def _add_display(rng: np.random.Generator, weights: dict[str, float]) -> None:
    """Add a display, weaker on one side of the brows, the eyes, the nose and cheeks or the mouth if it is one-sided."""
    display = DISPLAYS[rng.choice(len(DISPLAYS), p=DISPLAY_ODDS / DISPLAY_ODDS.sum())]
    strength, one_sided, weaker = rng.uniform(0.1, 1.15), rng.random() < ONE_SIDED, rng.choice(SIDES)
    shares: dict[str, float] = defaultdict(lambda: rng.uniform(0, 1) if rng.random() < 0.7 else 1.0)
    for name, amount in display.items():
        amount *= strength * rng.uniform(0.6, 1.2)
        if name in weights:
            weights[name] += amount
            continue
        for side in SIDES:
            share = shares[_region(name)] if one_sided and side == weaker else 1.0
            weights[name + side] += amount * share * (1 + rng.normal(0, 0.1))


def _region(name: str) -> str:
    """Return which muscles move together: those of brow, eye, nose and cheek, or mouth."""
    return "cheek" if name.startswith("nose") else next(p for p in ("brow", "eye", "cheek", "mouth") if p in name)


def _draw_gaze(rng: np.random.Generator) -> np.ndarray:
    """Draw yaw and pitch (2, 2) of the right and the left eye: mostly ahead, at times far into a corner."""
    far = rng.random() < 0.15
    direction = rng.uniform(-1, 1, 2) * CORNERS if far else rng.normal(0, (0.2, 0.13))
    gaze = np.tile(direction, (2, 1)) + rng.normal(0, 0.02, (2, 2))
    gaze[:, 0] += rng.normal(0, 0.03) * np.array([1, -1])
    return np.clip(gaze, -np.array(CORNERS), CORNERS)


def _look(weights: dict[str, float], gaze: np.ndarray) -> None:
    """Set the weights by which lids and skin follow the eyes."""
    for side, (yaw, pitch), outward in zip(SIDES, gaze, (-1, 1), strict=True):
        weights["eyeLookUp" + side] = max(pitch, 0) / 0.5
        weights["eyeLookDown" + side] = max(-pitch, 0) / 0.5
        weights["eyeLookOut" + side] = max(yaw * outward, 0) / 0.6
        weights["eyeLookIn" + side] = max(-yaw * outward, 0) / 0.6


def _draw_lids(rng: np.random.Generator, weights: dict[str, float]) -> None:
    """Close both eyes, one, each by some way, or let the lids droop; mostly leave them as they are."""
    kind = rng.choice(5, p=[CLOSED, WINK, HALF_WINK, DROOPING, 1 - CLOSED - WINK - HALF_WINK - DROOPING])
    if kind == 0:
        for side in SIDES:
            _shut(weights, side, rng.uniform(0.85, 1.05))
    elif kind == 1:
        side = str(rng.choice(SIDES))
        _shut(weights, side, rng.uniform(0.85, 1.05))
        effort = rng.uniform(0, 0.8)
        for name, share in (("cheekSquint", 1.0), ("mouthSmile", 0.5), ("browDown", 0.4), ("noseSneer", 0.2)):
            weights[name + side] += effort * share * rng.random()
    elif kind == 2:
        for side in SIDES:
            weights["eyeBlink" + side] = rng.uniform(0, 0.95)
    elif kind == 3:
        droop = rng.uniform(0, 0.5)
        for side in SIDES:
            weights["eyeBlink" + side] = droop * (1 + rng.normal(0, 0.05))


def _shut(weights: dict[str, float], side: str, amount: float) -> None:
    """Shut an eye: nothing else pulls at its lids any more."""
    weights["eyeBlink" + side] = amount
    weights["eyeLookDown" + side] *= 0.3
    weights["eyeSquint" + side] *= 0.5
    weights["eyeWide" + side] = 0.0
