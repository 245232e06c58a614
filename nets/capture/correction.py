# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections that a user makes to one face of a photo, and the capture that follows them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.face import FaceResult
from nets.capture.lens import Lens
from nets.capture.pinned_landmarks import follow_pins
from nets.capture.pins import read_pins
from nets.capture.straightening import straightened
from nets.errors import UsageError
from nets.geometry.crop import landmark_box

DEFAULT_UNCERTAINTY = 0.03  # of the face's size, for networks that predict none


@dataclass(frozen=True)
class Correction:
    """A user's corrections, in pixels of the photo, or of the mirrored photo if `mirrored`.

    box: (4,) float32, left, top, right, bottom, roughly tight around the landmarks
    points: (K,) int64, numbers of nets.interface.surface_points of what was placed by hand
    places: (K, 2) float32, where it was placed
    lens: of the photo, None for the capturer's
    """

    box: np.ndarray
    points: np.ndarray
    places: np.ndarray
    mirrored: bool
    lens: Lens | None = None

    @staticmethod
    def of(request: dict) -> Correction:
        """Read an entry of a `correct` message, see nets.interface.protocol. Raises UsageError."""
        try:
            box = np.array(request["box"], np.float32).reshape(4)
            points, places = read_pins(request.get("pins"))
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(f"not a correction ({error!r})") from None
        if not np.isfinite(box).all() or (box[2:] - box[:2] < 1).any():
            raise UsageError(f"the box {box.tolist()} is empty or turned round", remedy="Draw it again")
        lens = Lens(str(request["lens"])) if request.get("lens") else None
        return Correction(box, points, places.astype(np.float32), bool(request.get("mirrored")), lens)


def correct(photo: np.ndarray, correction: Correction, capturer: Capturer, in_file: float | None = None) -> FaceResult:
    """Capture the face of a photo (H, W, 3) uint8 with a correction.

    in_file: focal length in pixels that the photo's file tells, or None
    """
    if correction.mirrored:
        photo = np.ascontiguousarray(photo[:, ::-1])
    [rough] = capturer.find(photo, [correction.box])
    # The last pass is that of a detected face, so that both give the same capture.
    [estimate] = capturer.predict_with_flip(photo, [capturer.recrop(rough.landmarks)])
    camera = capturer.camera_of(photo, estimate, in_file, correction.lens)
    estimate = straightened(photo, estimate, camera, capturer)
    if len(correction.points):
        layout = capturer.layout
        known = len(estimate.uncertainty) > 0
        uncertainty = float(np.median(estimate.uncertainty)) if known else DEFAULT_UNCERTAINTY * estimate.size
        pins = correction.points, correction.places
        position_map = follow_pins(estimate.position_map, *pins, layout, uncertainty)
        landmarks = layout.landmarks_of(position_map)
        estimate = replace(estimate, position_map=position_map, landmarks=landmarks, box=landmark_box(landmarks))
    return capturer.build(photo, estimate, camera)
