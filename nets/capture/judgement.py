# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether what the network takes for a face is one.

The network's confidence tells a face from a wall, but dogs and monkeys reach 0.93. Its answers about them are
unsteady: a slightly different crop moves the landmarks three times as far as on a face. And a dog that is taken for a
face seems to look at the camera. Of human faces those that are in doubt are profiles, which hide a half or more.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from nets.capture.detection_thresholds import THRESHOLDS
from nets.capture.estimate import FaceEstimate

if TYPE_CHECKING:
    from nets.capture.capturer import Capturer

# Size relative to the face's own crop, and roll in radians relative to it.
OTHER_CROPS = (1.3, 0.0), (1.0, 0.3), (1.0, -0.3)


def is_face(capturer: Capturer, photo: np.ndarray, seen: FaceEstimate) -> bool:
    """Return whether an estimate from a crop and its mirror image is a face of a photo (H, W, 3) uint8."""
    enough = THRESHOLDS.accept if seen.size >= THRESHOLDS.small else THRESHOLDS.accept_small
    if seen.size < THRESHOLDS.least or seen.confidence < enough:
        return False
    if seen.confidence >= THRESHOLDS.sure or not len(seen.expression):  # PRN's network is always as sure
        return True
    return unsteadiness(capturer, photo, seen) <= most_unsteadiness(seen)


def most_unsteadiness(seen: FaceEstimate) -> float:
    """Return how unsteady the answers about a face may be: the more, the less of it is in plain view."""
    if not len(seen.seen):
        return THRESHOLDS.unsteady
    allowed = THRESHOLDS.unsteady + THRESHOLDS.unsteady_hidden * (0.5 - float(seen.seen.mean()))
    return max(allowed, THRESHOLDS.unsteady) if seen.confidence >= THRESHOLDS.single_pass else allowed


def unsteadiness(capturer: Capturer, photo: np.ndarray, seen: FaceEstimate) -> float:
    """Return how far the landmarks move in other crops, plus how far off the network expects them; in face sizes."""
    crop = capturer.recrop(seen.landmarks)
    others = [replace(crop.scaled(factor), roll=crop.roll + roll) for factor, roll in OTHER_CROPS]
    again = capturer.predict_crops(photo, others, capturer.engine.predict)
    moved = [np.linalg.norm((each.landmarks - seen.landmarks)[:, :2], axis=1).mean() for each in again]
    expected = float(seen.uncertainty.mean()) if len(seen.uncertainty) else 0.0
    return (float(np.mean(moved)) + expected) / seen.size
