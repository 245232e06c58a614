# SPDX-License-Identifier: GPL-3.0-or-later
"""Between the worker's spaces and Blender's.

image      pixels, pixel centres at integers, x right, y down, z towards the viewer
canonical  the head at rest in millimetres, x to the viewer's right, y up, z forward, origin between the eyes
local      the head's mesh data: canonical in metres and Blender's axes (x right, z up, the face looks along -y)
world      Blender's; the photo stands in the plane y = 0, its middle at the origin, and the camera looks along +y

The camera is orthographic, as the pose is a scaled one. One pixel is `unit` metres, chosen so that the face that sets
it is life-size. All matrices are (4, 4) f8, acting on columns.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .face import Pose

CAMERA_DISTANCE = 1.0  # metres in front of the photo's plane; a head reaches about 0.15
METRE = 1e-3  # canonical millimetres
LOCAL_FROM_CANONICAL = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # axes only
WORLD_FROM_IMAGE = np.array([[1.0, 0, 0], [0, 0, -1], [0, -1, 0]])  # axes only; a reflection, as the pose is
CAMERA_AXES = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # rotation (pi/2, 0, 0): looks along +y, z up


@dataclass(frozen=True)
class PhotoPlacement:
    """How a photo stands in the world, shared by its faces.

    unit: metres per pixel; offset: metres along x, the photo's place; world: (4, 4), applied last to head and camera
    alike (the photo's place, after the inverse of the pose if the camera is to move).
    """

    image_size: tuple[int, int]
    unit: float
    offset: float
    world: np.ndarray

    @property
    def ortho_scale(self) -> float:
        return self.unit * max(self.image_size)

    @property
    def width(self) -> float:
        """Metres."""
        return self.unit * self.image_size[0]

    @property
    def height(self) -> float:
        """Metres."""
        return self.unit * self.image_size[1]

    def camera_matrix(self) -> np.ndarray:
        matrix = np.eye(4)
        matrix[:3, :3] = CAMERA_AXES
        matrix[1, 3] = -CAMERA_DISTANCE
        return self.world @ matrix

    def head_matrix(self, pose: Pose) -> np.ndarray:
        return self.world @ head_at_rest_camera(pose, self.image_size, self.unit)


def local_vertices(vertices: np.ndarray, pose: Pose) -> np.ndarray:
    """(N, 3) image space -> (N, 3) f4 local: the pose is taken out, so this is the head at rest, life-size."""
    return local_from_canonical((vertices - pose.translation) @ pose.rotation / pose.scale)


def local_from_canonical(points: np.ndarray) -> np.ndarray:
    """(..., 3) canonical points or offsets -> (..., 3) f4 local."""
    return np.asarray(points @ (METRE * LOCAL_FROM_CANONICAL.T).astype(points.dtype), np.float32)


def canonical_from_local(points: np.ndarray) -> np.ndarray:
    """The way back, (..., 3) f4 local -> canonical."""
    return np.asarray(points @ (LOCAL_FROM_CANONICAL / METRE).astype(points.dtype), np.float32)


def place_photo(
    pose: Pose, image_size: tuple[int, int], moves: Literal["head", "camera"], offset: float = 0.0, rise: float = 0.0
) -> PhotoPlacement:
    """The view in which the face of this pose is life-size, `offset` metres along x and `rise` along z.

    moves: "head" keeps the camera upright at rest and gives the head the pose; "camera" keeps the head upright at the
    origin and gives the camera the inverse.
    """
    unit = METRE / pose.scale
    world = np.eye(4) if moves == "head" else np.linalg.inv(head_at_rest_camera(pose, image_size, unit))
    shift = np.eye(4)
    shift[0, 3], shift[2, 3] = offset, rise
    return PhotoPlacement(image_size, unit, offset, shift @ world)


def head_at_rest_camera(pose: Pose, image_size: tuple[int, int], unit: float) -> np.ndarray:
    """(4, 4): local -> world while the photo's middle is the origin. Its scale is 1 for the face that set `unit`."""
    width, height = image_size
    x, y, z = pose.translation
    matrix = np.eye(4)
    matrix[:3, :3] = pose.scale * unit / METRE * WORLD_FROM_IMAGE @ pose.rotation @ LOCAL_FROM_CANONICAL.T
    matrix[:3, 3] = unit * np.array([x + 0.5 - width / 2, -z, height / 2 - (y + 0.5)])
    return matrix
