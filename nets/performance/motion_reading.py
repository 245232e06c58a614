# SPDX-License-Identifier: GPL-3.0-or-later
"""ARKit's blendshape weights read from how a tracked face moves, and from what the network says of its expression.

A single picture cannot tell a raised brow from a high one. Over a clip the person stays the same, so what changes is
expression: a linear regression, fitted to series of pictures of synthetic people (nets/lab/training/motion_reading.py),
reads the weights from the changes of the tracked shape and of the network's answer. The reading of a person's rest is
not 0; `at_rest` finds it in the clip.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np

from nets.geometry.coarse_map import CoarseShape
from nets.io.arrays import read_arrays
from nets.performance.person import TrackedPerson
from nets.topology.arkit import NAMES, OTHER_SIDE, named_weights, rigid_motions

FILE = Path(__file__).parents[1] / "weights/motion/motion.npz"
# The reading at rest: a percentile of the frames, and the standard deviations of a reading from there to the middle of
# what rest is read as, if the face rests in half of the frames.
QUIET, ABOVE_QUIET = 25, 0.67
LEAST = 0.5  # standard deviations above rest that are no motion
# By which the difference of the two sides is raised where one of them rests: most expressions are nearly the same on
# both sides, so a regression draws the sides to each other.
SIDES_APART = 2.0
DIRECTIONS = ("jawLeft", "jawRight", "mouthLeft", "mouthRight")  # have no two sides: they are the ends of one motion
RAISED = np.where(np.isin(NAMES, DIRECTIONS), 0.0, SIDES_APART - 1)  # (52,), by what a difference is raised at most
MOST_AT_REST = 0.2  # that rest may be taken for above what the network says of it


@dataclass(frozen=True)
class MotionReading:
    """The regression, of N = 3 P + 53 values.

    texels: (P,) int32, of the coarse map (64, 64)
    coefficients: (N, 52) float32, weights of NAMES for millimetres of the texels' motion (P, 3), then for weights (53,)
    noise: (52,) float32, the standard deviation of the reading where the weight does not change
    gain: (52,) float32, by which readings are raised: a regression on noisy values shows less than there is
    """

    texels: np.ndarray
    coefficients: np.ndarray
    noise: np.ndarray
    gain: np.ndarray

    def read(self, motion: np.ndarray, rest: np.ndarray, expression: np.ndarray) -> np.ndarray:
        """Return readings (F, 52), each above an unknown reading of the person's rest.

        motion: (F, P, 3), of the texels from the person's rest, canonical millimetres
        rest: (P, 3), the texels at rest, canonical millimetres
        expression: (F, 53), see nets.model.engines.Prediction
        """
        return np.concatenate([without_pose(motion, rest), expression], 1) @ self.coefficients

    def at_rest(self, readings: np.ndarray, said: np.ndarray) -> np.ndarray:
        """Return what a person's rest is read as (52,), from readings (F, 52) of some frames.

        said: (F, 52), weights as the network says them: they tell frames of one expression from those of a face at rest
        """
        rest = np.percentile(readings, QUIET, 0) + ABOVE_QUIET * self.noise
        return np.minimum(rest, np.median(readings - said, 0) + MOST_AT_REST)

    def above(self, rest: np.ndarray, readings: np.ndarray) -> np.ndarray:
        """Return weights (..., 52) in [0, 1] for readings (..., 52) of a person whose rest is read as (52,)."""
        weights = ((readings - rest - LEAST * self.noise) * self.gain).clip(0, None)
        middle = (weights + weights[..., OTHER_SIDE]) / 2
        # The raise fades where both sides show much: lids that shut together do so fully.
        weaker = np.minimum(weights, weights[..., OTHER_SIDE]).clip(0, 1)
        return (middle + (1 + RAISED * (1 - weaker)) * (weights - middle)).clip(0, 1).astype(np.float32)

    def of_person(
        self,
        person: TrackedPerson,
        weights: np.ndarray,
        expression: np.ndarray,
        coarse: CoarseShape,
        added: np.ndarray | float = 0.0,
    ) -> np.ndarray:
        """Return a person's weights (F, 52) in [0, 1].

        weights, expression: see of_shape
        added: (F, 52), to the readings, see nets.performance.picture_comparison
        """
        readings = self.of_shape(person, weights, expression, coarse) + added
        return self.above(self.at_rest(readings, named_weights(expression)), readings)

    def of_shape(
        self, person: TrackedPerson, weights: np.ndarray, expression: np.ndarray, coarse: CoarseShape
    ) -> np.ndarray:
        """Return readings (F, 52), each above an unknown reading of the person's rest.

        weights: (F, K), of the person's basis
        expression: (F, 53), see nets.model.engines.Prediction
        """
        at_texels = person.basis.reshape(len(person.basis), -1, 3)[:, self.texels]
        rest = (coarse.mean + person.neutral).reshape(-1, 3)[self.texels]
        return self.read(np.tensordot(weights, at_texels, 1), rest, expression)


def without_pose(motion: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Return motions (F, P, 3) of points (P, 3) as (F, 3 P), without what small changes of pose and camera explain."""
    free = np.linalg.qr(rigid_motions(rest).reshape(-1, 3 * len(rest)).T)[0]
    flat = motion.reshape(len(motion), -1)
    return flat - (flat @ free) @ free.T


@cache
def load_motion_reading(path: Path = FILE) -> MotionReading:
    """Return the regression that comes with the weights. Raises BundleError if its file is missing or damaged."""
    return read_arrays(MotionReading, path, "the reading of motion")
