# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's blendshape weights over a performance.

They are the network's predictions, corrected by how the captured shape moves. The weights of the gaze stay as the
network gives them: no shape shows them.
"""

import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.performance.person import TrackedPerson
from nets.topology.arkit import EYE_LOOK_COLUMNS, NAMES, bounded_least_squares, named_weights, rigid_motions

# Cost of moving a weight by 1 away from the network's prediction, in mm² of the mean squared distance over the face:
COST = 0.3
MISSED_COST = 0.08  # of blendshapes that the network predicts worse than the shape shows them: RMS errors from 0.15
MISSED = ("brow", "mouthPucker", "mouthSmile")
SWEEPS = 20
QUIET = 10  # percentile of a weight over the frames that is its level at rest
MAX_LEVEL = 0.2  # of a weight at rest
BLINKS = [NAMES.index(f"eyeBlink{side}") for side in ("Left", "Right")]
WIDEST = 98  # percentile of the blink weights over the frames that counts as a whole blink
CLEAR_BLINK, MAX_GAIN = 0.3, 2.0  # the least of such a weight, and the most by which it is raised


def predicted_weights(expression: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """Convert the network's predictions to weights (F, 52) of NAMES.

    expression: (F, 53), by the names of nets/interface/expressions.py; two halves of one of Apple's shapes are averaged
    looks: (F, 8), weights of EYE_LOOKS

    A small weight in nearly every frame is the person's anatomy and no expression, so it is subtracted. Blinks are
    raised by what the clip's widest ones lack.
    """
    weights = named_weights(expression)
    level = np.percentile(weights, QUIET, 0).clip(max=MAX_LEVEL)
    weights = ((weights - level) / (1 - level)).clip(0, 1).astype(np.float32)
    weights[:, BLINKS] *= blink_gain(weights[:, BLINKS])
    weights[:, EYE_LOOK_COLUMNS] = looks
    return weights.clip(0, 1)


def blink_gain(blinks: np.ndarray) -> float:
    """Return the factor by which an actor's widest blinks become whole ones, for weights (F, 2) of both eyes.

    The network shows a blink by a part of its weight, more or less of it from face to face. Where the lids hardly move
    in a clip there is no blink to go by, and the factor is 1.
    """
    widest = np.percentile(blinks.max(1), WIDEST) if len(blinks) else 0.0
    return float(np.clip(1 / widest, 1, MAX_GAIN)) if widest >= CLEAR_BLINK else 1.0


def solve(
    person: TrackedPerson, weights: np.ndarray, predicted: np.ndarray, blendshapes: np.ndarray, coarse: CoarseShape
) -> np.ndarray:
    """Fit weights (F, 52) in [0, 1] of NAMES to a person's motion.

    weights: (F, K), the person's shape weights
    predicted: (F, 52), the network's predictions of NAMES
    blendshapes: (52, 64, 64, 3), see nets.topology.own_head.load_blendshapes

    A frame's shape is explained by blendshapes and by a small similarity transform with some perspective, which no
    blendshape should imitate; the face at rest is the median of what they leave. A cost in proportion to the distance
    from the network's prediction keeps the prediction unless the shape clearly contradicts it.
    """
    texels = np.sqrt(coarse.weights.ravel() / coarse.weights.sum())[:, None]

    def weighted(maps: np.ndarray) -> np.ndarray:
        return (maps.reshape(len(maps), -1, 3) * texels).reshape(len(maps), -1)

    free = np.linalg.qr(weighted(rigid_motions((coarse.mean + person.neutral).reshape(-1, 3))).T)[0]

    def without_free(maps: np.ndarray) -> np.ndarray:
        flat = weighted(maps)
        return flat - (flat @ free) @ free.T

    shapes, motion = without_free(blendshapes), without_free(person.basis)
    gram, seen = (shapes @ shapes.T).astype(np.float64), weights @ (motion @ shapes.T)
    costs = np.where([name.startswith(MISSED) for name in NAMES], MISSED_COST, COST)
    solved = predicted
    for _ in range(SWEEPS):
        rest = np.median(seen - solved @ gram, 0)
        solved = bounded_least_squares(gram, seen - rest, solved, predicted, costs, 1)
    return solved.astype(np.float32)
