# SPDX-License-Identifier: GPL-3.0-or-later
"""Blendshape weights over a performance.

They are what the network said; where the face model is installed, they are corrected by how the captured shape moves.
Where the eyes look is the network's word in both cases: no shape tells it.
"""

import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.interface.expressions import EXPRESSIONS
from nets.performance.person import Person
from nets.topology.arkit import LOOK_COLUMNS, NAMES, arkit_name, bounded, rigid_motions

# In mm² of the mean squared distance over the face, of a whole weight's step away from the network's word:
COST = 0.3
MISSED_COST = 0.08  # likewise, of what shapes show better: here the network was off by .15 and more (root mean square)
MISSED = ("brow", "mouthPucker", "mouthSmile")
SWEEPS = 20
QUIET, OWN = 10, 0.2  # per cent of the frames, and the most that a weight at rest may be off


def of_network(expression: np.ndarray, looks: np.ndarray) -> np.ndarray:
    """Weights (F, 52) of NAMES for those (F, 53) of nets/interface/expressions.py, of two halves that Apple has as one
    the mean, and for those of LOOKS (F, 8). What little shows in nearly every frame is how the face is made, and no
    expression.
    """
    column = [NAMES.index(arkit_name(name)) for name in EXPRESSIONS]
    weights = np.zeros((len(expression), len(NAMES)), np.float32)
    np.add.at(weights.T, column, expression.T)
    weights /= np.maximum(np.bincount(column, minlength=len(NAMES)), 1)
    level = np.percentile(weights, QUIET, 0).clip(max=OWN)
    weights = ((weights - level) / (1 - level)).clip(0, 1).astype(np.float32)
    weights[:, LOOK_COLUMNS] = looks
    return weights


def solve(
    person: Person, weights: np.ndarray, said: np.ndarray, blendshapes: np.ndarray, coarse: CoarseShape
) -> np.ndarray:
    """Weights (F, 52) in [0, 1] of NAMES for a person's shape weights (F, K) and the network's word, said (F, 52).

    What moves a frame's shape is explained by blendshapes and by a small similarity transform with some perspective,
    which no blendshape shall have to imitate; the face at rest is the median of what they leave. A cost in proportion
    to each step away from it lets the network's word stand where the shape does not clearly say otherwise.
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
    solved = said
    for _ in range(SWEEPS):
        rest = np.median(seen - solved @ gram, 0)
        solved = bounded(gram, seen - rest, solved, said, costs, 1)
    return solved.astype(np.float32)
