# SPDX-License-Identifier: GPL-3.0-or-later
"""A detector's recall by size of face, and its false alarms."""

from collections.abc import Iterable

import numpy as np

from nets.lab.detection_training.scenes import Scene
from nets.lab.detection_training.targets import LEAST_IN_VIEW
from nets.model.detection import Detector
from nets.model.detection.candidate import Candidate

EDGES = (12, 16, 24, 48, 96, 260)  # pixels, of the bins of face sizes
CLOSE = 0.35  # of the face's side, within which a detection's centre lies; its size is within a factor of two
THRESHOLD = 0.5


def measure(detector: Detector, scenes: Iterable[Scene], threshold: float = THRESHOLD) -> dict[str, float]:
    """Measure recall in % per bin of sizes, the mean roll error in degrees, and false alarms per 100 scenes.

    Faces that are mostly hidden or smaller than the first bin are left out.
    """
    found = {low: [] for low in EDGES[:-1]}
    turned, false_alarms, scenes = [], 0, list(scenes)
    for scene in scenes:
        candidates = [each for part in detector(scene.image) for each in part if each.score >= threshold]
        taken = set()
        for centre, side, roll, in_view in zip(scene.centre, scene.side, scene.roll, scene.in_view, strict=True):
            hits = [k for k, each in enumerate(candidates) if matches(each, centre, side)]
            taken.update(hits)
            low = max((edge for edge in EDGES if edge <= side), default=None)
            if in_view >= LEAST_IN_VIEW and low in found:
                found[low].append(bool(hits))
                turned += [abs(np.angle(np.exp(1j * (candidates[k].roll - roll)))) for k in hits[:1]]
        false_alarms += len(candidates) - len(taken)
    result = {f"recall {low}": 100 * float(np.mean(hits)) for low, hits in found.items() if hits}
    result["recall"] = 100 * float(np.mean(np.concatenate(list(found.values()))))
    result["roll"] = float(np.degrees(np.mean(turned))) if turned else 180.0
    result["false alarms"] = 100 * false_alarms / len(scenes)
    return result


def matches(candidate: Candidate, centre: np.ndarray, side: float) -> bool:
    """Return whether a candidate is a true face, given by centre (2,) and side, pixels."""
    box = candidate.box.astype(float)
    ratio = (box[2] - box[0]) / side
    return bool(np.hypot(*((box[:2] + box[2:]) / 2 - centre)) < CLOSE * side and 0.5 < ratio < 2)
