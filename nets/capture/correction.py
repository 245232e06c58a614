# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person says of one face of a photo, and the capture that comes of it."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.face import FaceResult
from nets.capture.pinned_landmarks import follow
from nets.errors import UsageError
from nets.geometry.crop import landmark_box

LANDMARKS = 68
UNSAID = 0.03  # of the face's size: the likely error where a network says nothing of it


@dataclass(frozen=True)
class Correction:
    """All in pixels of the photo, of the mirrored one if `mirrored`.

    box: (4,) f4 left, top, right, bottom, about tight round the landmarks; landmarks: (K,) iBUG numbers of those that
    were placed by hand, at places (K, 2) f4.
    """

    box: np.ndarray
    landmarks: np.ndarray
    places: np.ndarray
    mirrored: bool

    @staticmethod
    def of(request: dict) -> Correction:
        """From a `correct` message's entry, see nets.interface.protocol. Raises UsageError."""
        try:
            box = np.array(request["box"], np.float32).reshape(4)
            pins = np.array(request.get("pins") or [], np.float32).reshape(-1, 3)
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"not a correction ({error!r})") from None
        landmarks = pins[:, 0].astype(int)
        if not np.isfinite(box).all() or (box[2:] - box[:2] < 1).any():
            raise UsageError(f"the box {box.tolist()} is empty or turned round", remedy="Draw it again")
        if not np.isfinite(pins).all() or len(set(landmarks)) < len(pins) or not set(landmarks) <= {*range(LANDMARKS)}:
            raise UsageError(f"landmarks are numbered 0 to 67, each once: {pins.tolist()}")
        return Correction(box, landmarks, pins[:, 1:], bool(request.get("mirrored")))


def correct(photo: np.ndarray, correction: Correction, capturer: Capturer) -> FaceResult:
    """The face of a photo (H, W, 3) uint8 as it is seen with the correction."""
    if correction.mirrored:
        photo = np.ascontiguousarray(photo[:, ::-1])
    [rough] = capturer.find(photo, [correction.box])
    [estimate] = capturer.predict_with_flip(
        photo, [capturer.recrop(rough.landmarks)]
    )  # as a search for the face would end
    if len(correction.landmarks):
        layout = capturer.layout
        doubt = np.median(estimate.uncertainty) if len(estimate.uncertainty) else UNSAID * estimate.size
        position_map = follow(estimate.position_map, correction.landmarks, correction.places, layout, float(doubt))
        landmarks = layout.landmarks_of(position_map)
        estimate = replace(estimate, position_map=position_map, landmarks=landmarks, box=landmark_box(landmarks))
    return capturer.build(photo, estimate)
