# SPDX-License-Identifier: GPL-3.0-or-later
"""Face detectors. They only propose candidates, which the network verifies in nets.capture.capturer.

A detector takes a photo (H, W, 3) uint8 and yields rounds of candidates, large faces first, so that a caller who wants
only the largest face can stop early. A round that is a Round tells how large the faces of later ones can be. To add a
detector, write such a function and list it in DETECTORS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nets.errors import UsageError
from nets.model.detection.candidate import Candidate, Round
from nets.model.detection.face_alignment import find_by_face_alignment
from nets.model.detection.network import find_by_network

Detector = Callable[[np.ndarray], Iterator[list[Candidate]]]
DETECTORS: dict[str, Detector] = {
    "network": find_by_network,
    "face-alignment": find_by_face_alignment,
}

__all__ = ["DETECTORS", "Candidate", "Detector", "Round", "choose_detector"]


def choose_detector(name: str = "auto") -> Detector:
    """Return the detector of that name; "auto" is the network that comes with the project. Raises UsageError."""
    if name == "auto":
        name = "network"
    if name not in DETECTORS:
        raise UsageError(f"no detector named {name}", remedy=f"Choose auto, {' or '.join(DETECTORS)}")
    return DETECTORS[name]
