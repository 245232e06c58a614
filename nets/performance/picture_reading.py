# SPDX-License-Identifier: GPL-3.0-or-later
"""How far what a person's pictures show is believed, weight by weight, beside what the motion of their shape says.

What the pictures show is found by nets/performance/picture_alignment.py; how far it is to be believed is a linear
regression, fitted to series of pictures of synthetic people (nets/lab/training/picture_reading.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path

import numpy as np

from nets.io.arrays import read_arrays
from nets.performance.motion_reading import MotionReading
from nets.topology.arkit import EYE_LOOK_COLUMNS, NAMES

FILE = Path(__file__).parents[1] / "weights/motion/pictures.npz"
KEYS = [k for k, name in enumerate(NAMES) if k not in EYE_LOOK_COLUMNS and name != "tongueOut"]


@dataclass(frozen=True)
class PictureReading:
    """The regression, K being len(KEYS).

    pixels, places: (P,) int32 and (P, 2) float32, the pixels of nets.performance.face_view.VIEW that lie on the face,
        and where in the coarse map, column and row
    error: (52, 52), covariance of the error of the motion's readings
    coefficients: (2 K, 52), of what alignment and motion say of KEYS, for what is added to the motion's readings
    noise, gain: (52,), see MotionReading, of the sum
    """

    pixels: np.ndarray
    places: np.ndarray
    error: np.ndarray
    coefficients: np.ndarray
    noise: np.ndarray
    gain: np.ndarray

    def features(self, aligned: np.ndarray, readings: np.ndarray) -> np.ndarray:
        """Return what the regression sees (F, 2 K) of aligned weights and readings (F, 52), both above the rest's."""
        return np.concatenate([(aligned - readings)[:, KEYS], readings[:, KEYS]], 1)

    def of_both(self, motion: MotionReading) -> MotionReading:
        """Return the reading of motion with noise and gain of readings to which the pictures' part was added."""
        return replace(motion, noise=self.noise, gain=self.gain)


@cache
def load_picture_reading(path: Path = FILE) -> PictureReading:
    """Return the regression that comes with the weights. Raises BundleError if its file is missing or damaged."""
    return read_arrays(PictureReading, path, "the reading of pictures")
