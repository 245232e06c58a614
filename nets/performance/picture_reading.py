# SPDX-License-Identifier: GPL-3.0-or-later
"""What pictures add to the reading of motion: a view of a face is compared with a view of the same person at rest.

A small network sees both views (nets/performance/face_view.py) and what the motion says, and tells by how much the
motion's reading is wrong: brows, lips and creases show what the tracked shape does not follow. It is trained on series
of pictures of synthetic people (nets/lab/training/picture_network.py).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

import cv2
import numpy as np

from nets.errors import BundleError
from nets.io.arrays import read_arrays
from nets.performance.motion_reading import MotionReading
from nets.topology.arkit import EYE_LOOK_COLUMNS, NAMES, OTHER_SIDE

if TYPE_CHECKING:
    from onnxruntime import InferenceSession

FOLDER = Path(__file__).parents[1] / "weights/motion"
GRAPH, LEVELS = "pictures.onnx", "pictures.npz"
VIEWS, ABOVE, ADDED = "views", "above", "added"  # the graph's inputs (B, 2, *VIEW) and (B, 52), and its output (B, 52)
KEYS = [k for k, name in enumerate(NAMES) if k not in EYE_LOOK_COLUMNS and name != "tongueOut"]  # those that are read
BLUR, AROUND = 0.8, 9.0  # pixels: finer than that is noise, and light and contrast are evened out over that
LEAST_CONTRAST = 4.0  # grey levels
CHUNK = 32  # views that the network sees at once


@dataclass(frozen=True)
class PictureLevels:
    """noise, gain: (52,) float32, see MotionReading, of readings of motion to which pictures were added"""

    noise: np.ndarray
    gain: np.ndarray


@dataclass(frozen=True)
class PictureReading:
    """The network and how far what it says is to be believed."""

    session: InferenceSession
    levels: PictureLevels

    def added(self, rest: np.ndarray, views: np.ndarray, above: np.ndarray) -> np.ndarray:
        """Return what views (F, *VIEW) uint8 of a person add to the readings of motion (F, 52).

        rest: VIEW uint8, of the person at rest; above: (F, 52), the readings of motion, above that of the rest
        """
        added = np.zeros((len(views), len(NAMES)), np.float32)
        even_rest = evened(rest)
        for start in range(0, len(views), CHUNK):
            part = slice(start, start + CHUNK)
            pairs = np.stack([[even_rest, evened(view)] for view in views[part]])
            said = above[part].astype(np.float32)
            # The mirror image is looked at too, so that no side is favoured.
            mirrored = {VIEWS: np.ascontiguousarray(pairs[..., ::-1]), ABOVE: said[:, OTHER_SIDE]}
            answers = [self.session.run([ADDED], each)[0] for each in ({VIEWS: pairs, ABOVE: said}, mirrored)]
            added[part] = (answers[0] + answers[1][:, OTHER_SIDE]) / 2
        return added

    def of_both(self, motion: MotionReading) -> MotionReading:
        """Return the reading of motion with noise and gain of readings to which the pictures' part was added."""
        return replace(motion, noise=self.levels.noise, gain=self.levels.gain)


def evened(view: np.ndarray) -> np.ndarray:
    """Return a view (*VIEW) float32 without its light and contrast, in standard deviations of its surroundings."""
    soft = cv2.GaussianBlur(view.astype(np.float32), (0, 0), BLUR)
    soft -= cv2.GaussianBlur(soft, (0, 0), AROUND)
    return soft / np.sqrt(cv2.GaussianBlur(soft * soft, (0, 0), AROUND) + LEAST_CONTRAST**2)


@cache
def load_picture_reading(folder: Path = FOLDER) -> PictureReading:
    """Return the reading that comes with the weights. Raises BundleError if a file is missing or damaged."""
    from nets.model.detection.network import open_session
    from nets.model.engines.onnx_engine import UNFIT

    levels = read_arrays(PictureLevels, folder / LEVELS, "the reading of pictures")
    graph = folder / GRAPH
    try:
        return PictureReading(open_session(graph.read_bytes()), levels)
    except (OSError, *UNFIT) as error:
        raise BundleError(f"the reading of pictures cannot be loaded ({error})", graph, "Install it again") from error
