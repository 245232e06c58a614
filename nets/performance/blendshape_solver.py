# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's blendshape weights over a performance.

They are the network's predictions, corrected by how the captured shape moves, and calibrated by the clip: its actor's
rest is 0, and what the network shows too weakly is raised by the widest of it in the clip. The weights of the gaze stay
as the network gives them: no shape shows them.
"""

from dataclasses import dataclass

import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.performance.person import TrackedPerson
from nets.topology.arkit import EYE_LOOK_COLUMNS, NAMES, bounded_least_squares, named_weights, rigid_motions

# Cost of moving a weight by 1 away from the network's prediction, in mm² of the mean squared distance over the face:
COST = 0.3
MISSED_COST = 0.05  # of blendshapes that the shape shows better than the network predicts them
MISSED = (
    *("brow", "jawOpen", "noseSneer", "mouthFunnel", "mouthPucker", "mouthSmile", "mouthStretch", "mouthRoll"),
    *("mouthLowerDown", "mouthUpperUp"),
)
SWEEPS = 20
QUIET = 10  # percentile of a weight over the frames that is its level at rest
MAX_LEVEL = 0.2  # of a weight at rest
WIDEST = 98  # percentile of weights over the frames that counts as the widest of an expression


@dataclass(frozen=True)
class Extreme:
    """Blendshapes that the network shows by a part of their weight, more or less of it from face to face.

    names: what their names begin with
    whole: the weight that the widest of them in a clip is taken for
    clear: the least weight of the widest that is no noise; below it there is nothing to go by
    most: the largest factor by which they are raised
    """

    names: tuple[str, ...]
    whole: float
    clear: float
    most: float

    @property
    def columns(self) -> list[int]:
        """Their columns among NAMES."""
        return [column for column, name in enumerate(NAMES) if name.startswith(self.names)]

    def gain(self, weights: np.ndarray) -> float:
        """Return the factor that makes the widest of weights (F, B) whole, the same for both sides and all frames."""
        widest = np.percentile(weights.max(1), WIDEST) if len(weights) else 0.0
        return float(np.clip(self.whole / widest, 1, self.most)) if widest >= self.clear else 1.0


BLINK = Extreme(("eyeBlink",), whole=1.0, clear=0.3, most=2.0)
# Measured on synthetic actors: the shape shows these by a fifth of their weight. Nobody goes to the end of a frown or a
# pout in every clip, so the widest is taken for a strong one and raised by less than half of what is missing.
WEAK = tuple(
    Extreme(names, whole=0.8, clear=0.1, most=2.5)
    for names in (("browDown",), ("browInnerUp", "browOuterUp"), ("mouthPucker",))
)


def predicted_weights(expression: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """Convert the network's predictions to weights (F, 52) of NAMES.

    expression: (F, 53), by the names of nets/interface/expressions.py; two halves of one of Apple's shapes are averaged
    looks: (F, 8), weights of EYE_LOOKS

    A small weight in nearly every frame is the person's anatomy and no expression, so it is subtracted. The clip's
    widest blinks become whole ones.
    """
    weights = named_weights(expression)
    level = np.percentile(weights, QUIET, 0).clip(max=MAX_LEVEL)
    weights = ((weights - level) / (1 - level)).clip(0, 1).astype(np.float32)
    raise_extreme(weights, BLINK)
    weights[:, EYE_LOOK_COLUMNS] = looks
    return weights.clip(0, 1)


def raise_extreme(weights: np.ndarray, extreme: Extreme) -> None:
    """Raise an expression in weights (F, 52), in place, by what the widest of it in the clip lacks."""
    shown = weights[:, extreme.columns]
    weights[:, extreme.columns] = (shown * extreme.gain(shown)).clip(0, 1)


def solve(
    person: TrackedPerson, weights: np.ndarray, predicted: np.ndarray, blendshapes: np.ndarray, coarse: CoarseShape
) -> np.ndarray:
    """Fit weights (F, 52) in [0, 1] of NAMES to a person's motion.

    weights: (F, K), the person's shape weights
    predicted: (F, 52), the network's predictions of NAMES
    blendshapes: (52, 64, 64, 3), see nets.topology.own_head.load_blendshapes

    A frame's shape is explained by blendshapes and by a small similarity transform with some perspective, which no
    blendshape should imitate; the face at rest is the median of what they leave. A cost in proportion to the distance
    from the network's prediction keeps the prediction unless the shape clearly contradicts it. What is seen too weakly
    even so is raised, see WEAK.
    """
    texels = np.sqrt(coarse.weights.ravel() / coarse.weights.sum())[:, None]

    def weighted(maps: np.ndarray) -> np.ndarray:
        return (maps.reshape(len(maps), len(texels), 3) * texels).reshape(len(maps), 3 * len(texels))

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
    solved = solved.astype(np.float32)
    for extreme in WEAK:
        raise_extreme(solved, extreme)
    return solved
