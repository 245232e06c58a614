# SPDX-License-Identifier: GPL-3.0-or-later
"""How well bakes of synthetic people who act at random follow them: both sides of the face apart, and key by key."""

import cv2
import numpy as np

from nets.interface.expressions import EXPRESSIONS
from nets.lab.accuracy.clips import ClipBaker
from nets.lab.synth.actor import Actor
from nets.lab.synth.expressions import draw_expression
from nets.lab.synth.face import rotation_matrix
from nets.lab.synth.generator import FaceGenerator
from nets.topology.arkit import EYE_LOOK_COLUMNS, NAMES, named_weights

POSES, HELD = 11, 10  # expressions of a clip, and frames from one to the next
GRAIN, QUALITY = 4.0, 70  # grey levels of noise, and JPEG's quality
FIRST_SEED = 1000
STILL, MOVED = 0.05, 0.4  # weights of a side at rest, and of the other side while it acts
LEFT = [
    k
    for k, name in enumerate(NAMES)
    if name.endswith("Left") and name[:-4] + "Right" in NAMES and k not in EYE_LOOK_COLUMNS
]
LEFT = [k for k in LEFT if NAMES[k] not in ("jawLeft", "mouthLeft")]
RIGHT = [NAMES.index(NAMES[k][:-4] + "Right") for k in LEFT]


def check_acting(baker: ClipBaker, generator: FaceGenerator, actors: int) -> None:
    """Print slope and correlation of each key's motion, errors, and how far the sides are told apart."""
    found, true = [], []
    for number in range(actors):
        weights, gaze, turns = draw_act(number, generator.model.expression_names)
        actor = Actor(generator, FIRST_SEED + number)
        pictures = (actor.act(turn, *shown).picture for turn, *shown in zip(turns, weights, gaze, strict=True))
        _, smoothed = baker.bake(_compressed(picture, number, k) for k, picture in enumerate(pictures))
        found.append(smoothed.arkit)
        true.append(named_weights(weights))
    moving = [each - each.mean(0) for each in found], [each - each.mean(0) for each in true]
    shown, meant = (np.concatenate(each) for each in moving)
    found, true = np.concatenate(found), np.concatenate(true)
    seen = np.setdiff1d(np.arange(len(NAMES)), [*EYE_LOOK_COLUMNS, NAMES.index("tongueOut")])
    print(f"acting, {actors} people: mean error {np.abs(found - true)[:, seen].mean():.3f} (aim: 0.06)")
    for name in sorted({_both(NAMES[k]) for k in seen}):
        columns = [k for k in seen if _both(NAMES[k]) == name]
        a, b = meant[:, columns].ravel(), shown[:, columns].ravel()
        correlation = a @ b / max(np.sqrt(a @ a * (b @ b)), 1e-9)
        error = np.abs(found - true)[:, columns].mean()
        print(f"  {name:14} slope {a @ b / max(a @ a, 1e-9):.2f}, correlation {correlation:.2f}, error {error:.3f}")
    apart, found_apart = (each[:, LEFT] - each[:, RIGHT] for each in (true, found))
    still = [
        found[(true[:, a] < STILL) & (true[:, b] > MOVED), a] for a, b in zip(LEFT + RIGHT, RIGHT + LEFT, strict=True)
    ]
    print(
        f"  differences of the sides: slope {(apart * found_apart).sum() / (apart**2).sum():.2f} (aim: 0.7), ", end=""
    )
    print(f"motion of the still side {np.concatenate(still).mean():.3f} (aim: 0.12)")


def draw_act(seed: int, names: tuple[str, ...] = EXPRESSIONS) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Draw weights (F, 53), gazes (F, 2, 2) and head rotations (F, 3, 3): from one random expression to the next, every
    third one the face at rest."""
    rng = np.random.default_rng((5, seed))
    rest = np.zeros(len(names), np.float32), np.zeros((2, 2), np.float32)
    poses = [rest if k % 3 == 0 else draw_expression(rng, names) for k in range(POSES)]
    frames = np.arange(HELD * (POSES - 1))
    share = np.clip(frames % HELD / (HELD / 2), 0, 1)
    share = share * share * (3 - 2 * share)

    def between(part: int) -> np.ndarray:
        keys = np.stack([pose[part] for pose in poses])
        at = share.reshape(-1, *[1] * (keys.ndim - 1))
        return keys[frames // HELD] * (1 - at) + keys[frames // HELD + 1] * at

    yaw = rng.normal(0, 0.2) + 0.25 * np.sin(frames / 17 + rng.uniform(0, 6))
    pitch = 0.1 * np.sin(frames / 11 + rng.uniform(0, 6))
    turns = [rotation_matrix(*each, 0) for each in zip(yaw, pitch, strict=True)]
    return between(0).clip(0, 1).astype(np.float32), between(1).astype(np.float32), np.stack(turns)


def _compressed(picture: np.ndarray, clip: int, frame: int) -> np.ndarray:
    """Return a picture with grain, as a camera's codec leaves it."""
    grain = np.random.default_rng((6, clip, frame)).normal(0, GRAIN, picture.shape)
    noisy = np.clip(picture + grain, 0, 255).astype(np.uint8)
    return cv2.imdecode(cv2.imencode(".jpg", noisy, [cv2.IMWRITE_JPEG_QUALITY, QUALITY])[1], cv2.IMREAD_COLOR)


def _both(name: str) -> str:
    """Return a name without its side; those of a direction keep it."""
    return (
        name if name.startswith(("jaw", "mouthLeft", "mouthRight")) else name.removesuffix("Left").removesuffix("Right")
    )
