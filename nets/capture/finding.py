# SPDX-License-Identifier: GPL-3.0-or-later
"""The faces of one picture: in boxes that a user gave, or detected."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from nets.capture.capturer import Capturer, FaceEstimate
from nets.io.pictures import Picture
from nets.io.stopwatch import Stopwatch

# path, file name or stem of a picture -> (K, 4) float32, image space, pixels: left, top, right, bottom
Boxes = Mapping[str, np.ndarray]


def find_faces(picture: Picture, boxes: Boxes, capturer: Capturer, clock: Stopwatch) -> list[FaceEstimate]:
    """Return the picture's faces, largest first. Raises what reading the picture raised, or NoFaceError."""
    if picture.error:
        raise picture.error
    stem = picture.path.stem if picture.frame is None else f"{picture.path.stem}_{picture.frame:06d}"
    given = next((boxes[key] for key in (str(picture.path), picture.path.name, stem) if key in boxes), None)
    return capturer.find(picture.photo, given, clock)
