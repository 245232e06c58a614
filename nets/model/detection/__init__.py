# SPDX-License-Identifier: GPL-3.0-or-later
"""Where faces may be. A detector only proposes: nets.capture.capturer lets the network judge each candidate.

A detector takes a photo (H, W, 3) uint8 and yields rounds of candidates, those for large faces first: whoever wants
only the largest face need not ask for the rest. To add a detector, write such a function and list it in DETECTORS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nets.errors import UsageError
from nets.model.detection.candidate import Candidate
from nets.model.detection.face_alignment import find_by_face_alignment
from nets.model.detection.network import find_by_network

Detector = Callable[[np.ndarray], Iterator[list[Candidate]]]
DETECTORS: dict[str, Detector] = {
    "network": find_by_network,
    "face-alignment": find_by_face_alignment,
}

__all__ = ["DETECTORS", "Candidate", "Detector", "choose_detector"]


def choose_detector(name: str = "auto") -> Detector:
    """`auto` is the network that comes with the project."""
    if name == "auto":
        name = "network"
    if name not in DETECTORS:
        raise UsageError(f"no detector named {name}", remedy=f"Choose auto, {' or '.join(DETECTORS)}")
    return DETECTORS[name]
