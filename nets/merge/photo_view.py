# SPDX-License-Identifier: GPL-3.0-or-later
"""What one photo contributes to a merged head."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.estimate import FaceEstimate
from nets.capture.finding import Boxes, find_faces
from nets.capture.lens import PhotoCamera
from nets.capture.straightening import straightened
from nets.capture.texture import view_texture, without_covered
from nets.geometry.visibility import visibility_of
from nets.interface.text import printable
from nets.io.pictures import Picture
from nets.io.stopwatch import Stopwatch
from nets.merge.separation import Separation
from nets.merge.shape import ShapeEstimate
from nets.merge.sightings import Photo
from nets.merge.texture_blend import Shown

AT_REST = 3.0  # millimetres by which an expression moves a texel whose colour counts half
MARGIN = 0.05  # of the face's size that is kept around it of a photo
SKETCH = 256  # texels along each side of a texture that only tells how well a photo shows the face


@dataclass(frozen=True)
class PhotoView:
    """What one photo, or one frame of a movie, contributes.

    frame: of the movie, from 0; None: a photo
    pixels: (h, w, 3) uint8, the part of the photo that shows the face; corner: (2,), its first column and row
    in_view: (256, 256) in [0, 1], probability of each texel's being in plain view
    visible: (N,) float32 in [0, 1], whether the network's face shows each vertex of the mesh to the camera
    clean: how much of the face the photo shows well, in texels
    """

    path: Path
    frame: int | None
    image_size: np.ndarray
    pixels: np.ndarray
    corner: np.ndarray
    camera: PhotoCamera
    estimate: FaceEstimate
    shape: ShapeEstimate
    in_view: np.ndarray
    visible: np.ndarray
    clean: float

    @staticmethod
    def of(picture: Picture, boxes: Boxes, capturer: Capturer, separation: Separation, clock: Stopwatch) -> PhotoView:
        """Examine a photo. boxes: see find_faces. Raises NoFaceError and the photo's own error."""
        photo = picture.photo
        estimate = find_faces(picture, boxes, capturer, clock)[0]
        camera = capturer.camera_of(photo, estimate, picture.focal)
        with clock.measure("network"):
            estimate = straightened(photo, estimate, camera, capturer)
        with clock.measure("mesh"):
            position_map = estimate.position_map
            visibility = visibility_of(position_map, capturer.layout, capturer.depth_mesh)
            in_view, uncertainty = map(capturer.anchor_interpolator.interpolate, (estimate.seen, estimate.uncertainty))
            pixels, corner = _around_face(photo, position_map)
            sketch = view_texture(pixels, position_map - np.append(corner, 0), visibility, SKETCH)
            return PhotoView(
                picture.path,
                picture.frame,
                np.array(photo.shape[1::-1], np.int32),
                pixels,
                corner,
                camera,
                estimate,
                separation.separate(position_map, uncertainty),
                in_view,
                capturer.layout.sample(capturer.mesh, visibility.seen[..., None])[:, 0],
                float(sketch.clean.sum()),
            )

    @property
    def name(self) -> str:
        """The picture's name, for messages."""
        name = printable(self.path.name)
        return name if self.frame is None else f"{name}, frame {self.frame}"

    def shown(self, position_map: np.ndarray, expression: np.ndarray, weight: float, capturer: Capturer) -> Shown:
        """Return what the photo shows of the head's texture.

        position_map: (256, 256, 3), where the head lies in `pixels`
        expression: (256, 256, 3), by how much the expression moves each texel, canonical millimetres
        weight: how much the photo is preferred
        """
        visibility = visibility_of(position_map, capturer.layout, capturer.depth_mesh)
        visibility = without_covered(visibility, self.in_view, capturer.layout)
        moved = np.linalg.norm(expression, axis=-1)
        trust = (self.in_view / (1 + (moved / AT_REST) ** 2)).astype(np.float32)
        return Shown(self.pixels, position_map, visibility, trust, weight)

    def compared(self) -> Photo:
        """Return what is compared with other photos: the brightness of the part that shows the face."""
        return Photo(cv2.cvtColor(self.pixels, cv2.COLOR_RGB2GRAY).astype(np.float32), self.in_view)


def _around_face(photo: np.ndarray, position_map: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the part (h, w, 3) of a photo that shows a face, and where it begins, (2,)."""
    places = position_map[..., :2].reshape(-1, 2)
    margin = MARGIN * np.ptp(places, 0)
    size = np.array(photo.shape[1::-1])
    low = np.clip(np.floor(places.min(0) - margin).astype(int), 0, size - 2)
    high = np.clip(np.ceil(places.max(0) + margin).astype(int) + 1, low + 2, size)
    return photo[low[1] : high[1], low[0] : high[0]].copy(), low
