# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network predicts of a face in a photo, and which of several predictions to keep."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nets.capture.detection_thresholds import THRESHOLDS
from nets.model.detection import Candidate
from nets.model.detection.candidate import overlap, suppress


@dataclass(frozen=True)
class FaceEstimate:
    """What the network predicts of one face of a photo, in image space."""

    position_map: np.ndarray  # (256, 256, 3) float32
    landmarks: np.ndarray  # (68, 3) float32
    box: np.ndarray  # (4,) float32, tight round the landmarks
    confidence: float
    seen: np.ndarray  # (P,) float32 at the layout's anchors: probability of being in plain view
    uncertainty: np.ndarray  # (P,) float32 at the layout's anchors: expected error in pixels of the photo
    expression: np.ndarray  # (53,) float32, see nets/interface/expressions.py
    gaze: np.ndarray  # (2, 2) float32, see nets.model.engines.Prediction

    @property
    def size(self) -> float:
        """The side of a square with the box's area, pixels."""
        return float((self.box[2:] - self.box[:2]).prod() ** 0.5)


def box_fits(candidate: Candidate, seen: FaceEstimate) -> bool:
    """Return whether a candidate's box is about the box of the face that was found in it."""
    areas = [np.prod(box[2:] - box[:2]) for box in (candidate.box, seen.box)]
    return bool(overlap(candidate.box, seen.box[None])[0] * min(areas) >= THRESHOLDS.box_fit * max(areas))


def overlaps_any(candidate: Candidate, found: list[FaceEstimate]) -> bool:
    """Return whether a face was found already where the candidate is."""
    return bool(found) and overlap(candidate.box, np.stack([estimate.box for estimate in found])).max() > 0.5


def most_confident(estimates: Iterable[FaceEstimate], limit: float = 0.5) -> list[FaceEstimate]:
    """Return the estimates of which no more confident one overlaps by `limit`."""
    estimates = list(estimates)
    if not estimates:
        return []
    kept = suppress(np.stack([s.box for s in estimates]), np.array([s.confidence for s in estimates]), limit)
    return [estimates[index] for index in kept]
