# SPDX-License-Identifier: GPL-3.0-or-later
"""The capture of one picture: its faces are found and built, timed, and entered into the report."""

from __future__ import annotations

from functools import cached_property

from nets.capture.capturer import Capturer, FaceEstimate
from nets.capture.face import FaceResult
from nets.capture.finding import Boxes, find_faces
from nets.capture.lens import PhotoCamera
from nets.capture.straightening import straightened
from nets.io.pictures import Picture
from nets.io.report import InputEntry, recorded
from nets.io.stopwatch import Stopwatch


class PictureCapture:
    """A picture with its faces, largest first, and its entry of the report.

    The faces are found at once and built one by one, so that a caller can stop or report between two of them. What
    goes wrong while they are found is recorded in the entry; `recorded(entry)` does the same for what the caller does
    with them.
    """

    def __init__(self, picture: Picture, capturer: Capturer, boxes: Boxes):
        self.picture, self._capturer = picture, capturer
        self.clock = Stopwatch()
        self.clock.ms["read"] = picture.read_ms
        self.entry = InputEntry.of(picture)
        self.entry.ms = self.clock.ms
        self.estimates: list[FaceEstimate] = []
        with recorded(self.entry):
            self.estimates = find_faces(picture, boxes, capturer, self.clock)

    @cached_property
    def _camera(self) -> PhotoCamera:
        return self._capturer.camera_of(self.picture.photo, self.estimates[0], self.picture.focal)

    def build(self, estimate: FaceEstimate) -> FaceResult:
        """Build the mesh and the texture of one of the picture's faces."""
        with self.clock.measure("mesh"):
            photo, camera = self.picture.photo, self._camera
            return self._capturer.build(photo, straightened(photo, estimate, camera, self._capturer), camera)
