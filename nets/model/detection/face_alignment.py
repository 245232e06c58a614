# SPDX-License-Identifier: GPL-3.0-or-later
"""Candidates from the S3FD detector of the optional package face-alignment.

The package downloads its weights on first use, so it is used only if the user asks for it by name.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache

import cv2
import numpy as np

from nets.errors import EngineError
from nets.model.detection.candidate import Candidate

WEIGHTS = "s3fd-619a316812.pth"
MIN_SCORE = 0.5
MAX_SIDE = 1280  # pixels; the detector's time and memory grow with the area


def find_by_face_alignment(photo: np.ndarray) -> Iterator[list[Candidate]]:
    """Yield one round of candidates for a photo (H, W, 3) uint8."""
    scale = min(1.0, MAX_SIDE / max(photo.shape[:2]))
    small = cv2.resize(photo, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else photo
    candidates = []
    for left, top, right, bottom, score in detector().detect_from_image(small):
        if score >= MIN_SCORE:
            top += 0.2 * (bottom - top)  # its boxes reach up to the hairline, the landmarks to the brows
            candidates.append(Candidate(np.array([left, top, right, bottom], np.float32) / scale, score=float(score)))
    yield candidates


@cache
def detector():
    """Load the package's detector. Raises EngineError."""
    try:
        from face_alignment.detection.sfd import FaceDetector
    except ImportError:
        raise EngineError(
            "the detector face-alignment is not installed", remedy="pip install face-alignment, or choose another"
        ) from None
    import torch

    try:
        return FaceDetector(device="cuda" if torch.cuda.is_available() else "cpu")
    except OSError as error:  # urllib's errors among them
        raise EngineError(
            f"the weights of face-alignment could not be loaded ({error})",
            remedy=f"Connect to the internet once, or put {WEIGHTS} into torch's hub/checkpoints folder",
        ) from None
