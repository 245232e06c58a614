# SPDX-License-Identifier: GPL-3.0-or-later
"""Converts between the pixels of a region that shows a photo and those of the photo.

A region's pixels count from its lower left corner, x right, y up; a photo's centres are at integers, x right, y down.
"""

from dataclasses import dataclass

import bpy
import numpy as np

from ..interface import UPRIGHT, read_orientation
from .camera import before_lens, camera_of
from .head_properties import HeadProperties
from .photo import own_file


def ui_scale() -> float:
    """Return the pixels of the screen per pixel of the user interface."""
    return bpy.context.preferences.system.ui_scale


def to_region(points: np.ndarray, region: bpy.types.Region, view: bpy.types.RegionView3D) -> np.ndarray:
    """Project points onto the region of a 3D View. points: (K, 3), world space. Returns (K, 2), pixels."""
    matrix = np.array(view.perspective_matrix)
    clip = np.pad(points, ((0, 0), (0, 1)), constant_values=1) @ matrix.T
    return (clip[:, :2] / clip[:, 3:] * 0.5 + 0.5) * (region.width, region.height)


def places_in_photo(camera: bpy.types.Object, points: np.ndarray, head: bpy.types.Object) -> np.ndarray:
    """Return where a camera sees points (K, 3), world space, in the photo of the head: (K, 2), pixels."""
    size = HeadProperties.of(head).image_size
    matrix = np.array(camera.matrix_world.inverted())
    local = points @ matrix[:3, :3].T + matrix[:3, 3]
    middle = before_lens(camera.data, size, np.array([[0.0, 0], [1, 0]]))[:, :2]  # of the first two pixels of a row
    flat = local[:, :2] if camera.data.type == "ORTHO" else local[:, :2] / -local[:, 2:]
    return (flat - middle[0]) / (middle[1, 0] - middle[0, 0]) * (1, -1)


@dataclass(frozen=True)
class PhotoView:
    """The conversion region = matrix @ photo + offset.

    matrix: (2, 2); offset: (2,); image_size: width and height of the upright photo.
    """

    matrix: np.ndarray
    offset: np.ndarray
    image_size: tuple[int, int]

    def to_region(self, points: np.ndarray) -> np.ndarray:
        """Convert points from photo to region. points: (..., 2), pixels."""
        return np.asarray(points, float) @ self.matrix.T + self.offset

    def to_photo(self, points: np.ndarray) -> np.ndarray:
        """Convert points from region to photo. points: (..., 2), pixels."""
        return (np.asarray(points, float) - self.offset) @ np.linalg.inv(self.matrix).T


def through_camera(context: bpy.types.Context, head: bpy.types.Object) -> PhotoView | None:
    """Return the conversion for a 3D View; None unless it looks through the head's camera."""
    view, camera = context.region_data, camera_of(head)
    if camera is None or context.area.type != "VIEW_3D" or view is None or view.view_perspective != "CAMERA":
        return None
    if context.space_data.camera != camera and context.scene.camera != camera:
        return None
    width, height = HeadProperties.of(head).image_size
    local = before_lens(camera.data, (width, height), _corners(width, height))
    matrix = np.array(camera.matrix_world)
    return _affine(to_region(local @ matrix[:3, :3].T + matrix[:3, 3], context.region, view), (width, height))


def in_image_editor(context: bpy.types.Context, image: bpy.types.Image) -> PhotoView:
    """Return the conversion for an Image Editor, which shows the image as it is stored; the photo is upright."""
    path = own_file(image)
    orientation = read_orientation(path) if path else UPRIGHT
    stored = np.array(image.size, float)
    size = stored[::-1] if orientation.swaps_sides else stored
    cos, sin = np.cos(orientation.turn), np.sin(orientation.turn)
    flips = np.diag([-1.0 if orientation.flip_x else 1.0, -1.0 if orientation.flip_y else 1.0])
    upright_from_stored = np.array([[cos, -sin], [sin, cos]]) @ flips  # about the middle, y down
    middle = _corners(*size) + 0.5 - size / 2
    place = (middle @ upright_from_stored + stored / 2) / stored  # its inverse is its transpose
    corners = [context.region.view2d.view_to_region(x, 1 - y, clip=False) for x, y in place]
    return _affine(np.array(corners, float), (int(size[0]), int(size[1])))


def _corners(width, height):
    """Return three corners of the photo, far apart because an Image Editor gives places in whole pixels only."""
    return np.array([[0, 0], [width, 0], [0, height]])


def _affine(corners, image_size):
    """Return the conversion for which the corners of `_corners` are there in the region."""
    matrix = np.stack([corners[1] - corners[0], corners[2] - corners[0]], 1) / np.array(image_size)
    return PhotoView(matrix, corners[0], image_size)
