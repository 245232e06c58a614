# SPDX-License-Identifier: GPL-3.0-or-later
"""Where faces may be. A detector only proposes: nets.capture lets the network judge each candidate.

A detector takes a photo (H, W, 3) uint8 and yields rounds of candidates, cheap ones first. A later round is asked for
only while none was found for sure. To add a detector, write such a function and list it in DETECTORS.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nets.detection.candidate import Candidate
from nets.detection.cascades import find_by_cascades
from nets.detection.face_alignment import find_by_face_alignment, weights_are_here
from nets.errors import UsageError

Detector = Callable[[np.ndarray], Iterator[list[Candidate]]]
DETECTORS: dict[str, Detector] = {"cascades": find_by_cascades, "face-alignment": find_by_face_alignment}

__all__ = ["DETECTORS", "Candidate", "Detector", "choose_detector"]


def choose_detector(name: str = "auto") -> Detector:
    """`auto` takes face-alignment where it is installed with its weights, else the cascades; it never downloads."""
    if name == "auto":
        name = "face-alignment" if weights_are_here() else "cascades"
    if name not in DETECTORS:
        raise UsageError(f"no detector named {name}", remedy=f"Choose auto, {' or '.join(DETECTORS)}")
    return DETECTORS[name]
