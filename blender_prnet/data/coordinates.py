# SPDX-License-Identifier: GPL-3.0-or-later
"""The spaces in which heads are described, and the way from the worker's to Blender's.

image      pixels, pixel centres at integers, x right, y down, z towards the viewer
canonical  the head at rest, millimetres, x to the viewer's right, y up, z forward, origin between the eyes
local      the mesh data of a head: canonical, but in metres and Blender's axes (x right, z up, the face looks along -y)
world      Blender's; the photo stands in the plane y = 0, its middle at the origin, and the camera looks along +y

The camera is orthographic, since the pose is a scaled rotation without perspective. One pixel is `unit` Blender units,
chosen so that one of the photo's faces is life-size. All matrices are (4, 4) float64 and act on columns.
"""

from dataclasses import dataclass
from typing import Literal

import numpy as np

from .face import Pose

CAMERA_DISTANCE = 1.0  # metres from the photo's plane to the camera; a head reaches about 0.15 towards it
MILLIMETRE = 1e-3  # metres
LOCAL_FROM_CANONICAL = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # axes only
WORLD_FROM_IMAGE = np.array([[1.0, 0, 0], [0, 0, -1], [0, -1, 0]])  # axes only; a reflection, as the pose is
CAMERA_AXES = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # rotation (pi/2, 0, 0): looks along +y, z up


@dataclass(frozen=True)
class PhotoPlacement:
    """How a photo stands in the world, shared by its faces.

    image_size: width and height, pixels
    unit: Blender units per pixel
    offset: where the photo's middle is along x, Blender units
    world: (4, 4), applied last to head and camera alike: the photo's place and, if the camera carries the pose, the
        inverse of the pose
    metre: Blender units per metre
    """

    image_size: tuple[int, int]
    unit: float
    offset: float
    world: np.ndarray
    metre: float = 1.0

    @property
    def ortho_scale(self) -> float:
        """The camera's orthographic scale, Blender units."""
        return self.unit * max(self.image_size)

    @property
    def width(self) -> float:
        """The photo's width, Blender units."""
        return self.unit * self.image_size[0]

    @property
    def height(self) -> float:
        """The photo's height, Blender units."""
        return self.unit * self.image_size[1]

    def camera_matrix(self) -> np.ndarray:
        """Return camera -> world."""
        matrix = np.eye(4)
        matrix[:3, :3] = CAMERA_AXES
        matrix[1, 3] = -CAMERA_DISTANCE * self.metre
        return self.world @ matrix

    def head_matrix(self, pose: Pose) -> np.ndarray:
        """Return local -> world for a face of this photo."""
        return self.world @ world_from_local(pose, self.image_size, self.unit)


def local_vertices(vertices: np.ndarray, pose: Pose) -> np.ndarray:
    """Return the head at rest and life-size, (N, 3) float32, local space, from (N, 3) image space: undo the pose."""
    return local_from_canonical((vertices - pose.translation) @ pose.rotation / pose.scale)


def local_from_canonical(points: np.ndarray) -> np.ndarray:
    """Convert points or offsets (..., 3) from canonical space to local space, float32."""
    return np.asarray(points @ (MILLIMETRE * LOCAL_FROM_CANONICAL.T).astype(points.dtype), np.float32)


def canonical_from_local(points: np.ndarray) -> np.ndarray:
    """Convert points or offsets (..., 3) from local space to canonical space, float32."""
    return np.asarray(points @ (LOCAL_FROM_CANONICAL / MILLIMETRE).astype(points.dtype), np.float32)


def place_photo(
    pose: Pose,
    image_size: tuple[int, int],
    offset: float = 0.0,
    rise: float = 0.0,
    *,
    moves: Literal["head", "camera"],
    metre: float,
) -> PhotoPlacement:
    """Place a photo so that the face of this pose is life-size.

    moves: "head" gives the head the pose and leaves the camera upright; "camera" leaves the head upright at the photo's
    place and gives the camera the inverse; offset, rise: the place along x and z, Blender units; metre: Blender units
    per metre.
    """
    unit = life_size_unit(pose, metre)
    world = np.eye(4)
    if moves == "camera":
        at_rest = np.diag([metre, metre, metre, 1.0])
        world = at_rest @ np.linalg.inv(world_from_local(pose, image_size, unit))
    shift = np.eye(4)
    shift[0, 3], shift[2, 3] = offset, rise
    return PhotoPlacement(image_size, unit, offset, shift @ world, metre)


def life_size_unit(pose: Pose, metre: float) -> float:
    """Return the Blender units per pixel at which the face of this pose is life-size; metre: units per metre."""
    return MILLIMETRE * metre / pose.scale


def world_from_local(pose: Pose, image_size: tuple[int, int], unit: float) -> np.ndarray:
    """Return local -> world (4, 4) for a face of a photo whose middle is the origin; unit: Blender units per pixel."""
    width, height = image_size
    x, y, z = pose.translation
    matrix = np.eye(4)
    matrix[:3, :3] = pose.scale * unit / MILLIMETRE * WORLD_FROM_IMAGE @ pose.rotation @ LOCAL_FROM_CANONICAL.T
    matrix[:3, 3] = unit * np.array([x + 0.5 - width / 2, -z, height / 2 - (y + 0.5)])
    return matrix
