# SPDX-License-Identifier: GPL-3.0-or-later
"""The spaces in which heads are described, and the way from the worker's to Blender's.

image      pixels, pixel centres at integers, x right, y down, z towards the viewer
canonical  the head at rest, millimetres, x to the viewer's right, y up, z forward, origin between the eyes
local      the mesh data of a head: canonical, but in metres and Blender's axes (x right, z up, the face looks along -y)
world      Blender's; the photo stands in the plane y = 0, its middle at the origin, and the camera looks along +y

A photo's camera has the photo's lens, and stands where the photo was taken from: its first face is in the plane y = 0,
and all are life-size. Without perspective the camera is orthographic, and one of the photo's faces is life-size. Either
way a pixel is `unit` Blender units in that plane. All matrices are (4, 4) float64 and act on columns.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from ..interface import perspective
from .face import AnyPose

CAMERA_DISTANCE = 1.0  # metres from the photo's plane to an orthographic camera; a head reaches about 0.15 towards it
MILLIMETRE = 1e-3  # metres
LOCAL_FROM_CANONICAL = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # axes only
WORLD_FROM_IMAGE = np.array([[1.0, 0, 0], [0, 0, -1], [0, -1, 0]])  # axes only; a reflection, as the pose is
CAMERA_AXES = np.array([[1.0, 0, 0], [0, 0, -1], [0, 1, 0]])  # rotation (pi/2, 0, 0): looks along +y, z up
WORLD_FROM_VIEW = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # axes only; view: x right, y down, z forward


@dataclass(frozen=True)
class PhotoPlacement:
    """How a photo stands in the world, shared by its faces.

    image_size: width and height, pixels
    unit: Blender units per pixel in the photo's plane
    distance: Blender units from the camera to that plane
    offset: where the photo's middle is along x, Blender units
    world: (4, 4), applied last to head and camera alike: the photo's place and, if the camera carries the pose, the
        inverse of the pose
    metre: Blender units per metre
    camera: the photo's; None if it is orthographic
    """

    image_size: tuple[int, int]
    unit: float
    distance: float
    offset: float
    world: np.ndarray
    metre: float = 1.0
    camera: perspective.Camera | None = None

    @property
    def ortho_scale(self) -> float:
        """The orthographic scale of a camera without perspective, Blender units."""
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
        return self.world @ upright_camera(self.distance)

    def head_matrix(self, pose: AnyPose) -> np.ndarray:
        """Return local -> world for a face of this photo."""
        return self.world @ self._upright(pose)

    def depth_of(self, pose: AnyPose) -> float:
        """Return how far a face of this photo is before the camera, Blender units."""
        return self._upright(pose)[1, 3] + self.distance

    def _upright(self, pose: AnyPose) -> np.ndarray:
        """Return local -> world for a photo whose middle is the origin and whose camera is upright."""
        if self.camera is None:
            return world_from_local(pose, self.image_size, self.unit)
        rotation, translation = pose.in_camera_space()
        matrix = np.eye(4)
        matrix[:3, :3] = self.metre * WORLD_FROM_VIEW @ rotation @ LOCAL_FROM_CANONICAL.T
        matrix[:3, 3] = self.metre * MILLIMETRE * WORLD_FROM_VIEW @ translation - (0, self.distance, 0)
        return matrix


def upright_camera(distance: float) -> np.ndarray:
    """Return camera -> world for a camera that looks along +y at the origin, `distance` Blender units away."""
    matrix = np.eye(4)
    matrix[:3, :3] = CAMERA_AXES
    matrix[1, 3] = -distance
    return matrix


def local_vertices(vertices: np.ndarray, pose: AnyPose) -> np.ndarray:
    """Return the head at rest and life-size, (N, 3) float32, local space, from (N, 3) image space: undo the pose."""
    return local_from_canonical(pose.undo(vertices))


def local_from_canonical(points: np.ndarray) -> np.ndarray:
    """Convert points or offsets (..., 3) from canonical space to local space, float32."""
    return np.asarray(points @ (MILLIMETRE * LOCAL_FROM_CANONICAL.T).astype(points.dtype), np.float32)


def canonical_from_local(points: np.ndarray) -> np.ndarray:
    """Convert points or offsets (..., 3) from local space to canonical space, float32."""
    return np.asarray(points @ (LOCAL_FROM_CANONICAL / MILLIMETRE).astype(points.dtype), np.float32)


def place_photo(
    pose: AnyPose,
    image_size: tuple[int, int],
    offset: float = 0.0,
    rise: float = 0.0,
    *,
    moves: Literal["head", "camera"],
    metre: float,
) -> PhotoPlacement:
    """Place a photo so that the face of this pose is life-size and in the photo's plane.

    moves: "head" gives the head the pose and leaves the camera upright; "camera" leaves the head upright at the photo's
    place and gives the camera the inverse; offset, rise: the place along x and z, Blender units; metre: Blender units
    per metre.
    """
    if isinstance(pose, perspective.PerspectivePose):
        camera, depth = pose.camera, pose.in_camera_space()[1][2]
        unit, distance = MILLIMETRE * metre * depth / camera.focal, MILLIMETRE * metre * depth
    else:
        camera, unit, distance = None, MILLIMETRE * metre / pose.scale, CAMERA_DISTANCE * metre
    placement = PhotoPlacement(image_size, unit, distance, offset, np.eye(4), metre, camera)
    world = np.eye(4)
    if moves == "camera":
        world = np.diag([metre, metre, metre, 1.0]) @ np.linalg.inv(placement.head_matrix(pose))
    world[0, 3], world[2, 3] = world[0, 3] + offset, world[2, 3] + rise
    return replace(placement, world=world)


def world_from_local(pose: AnyPose, image_size: tuple[int, int], unit: float) -> np.ndarray:
    """Return local -> world (4, 4) for a face before an orthographic camera; unit: Blender units per pixel.

    The photo's middle is the origin.
    """
    width, height = image_size
    x, y, z = pose.translation
    matrix = np.eye(4)
    matrix[:3, :3] = pose.scale * unit / MILLIMETRE * WORLD_FROM_IMAGE @ pose.rotation @ LOCAL_FROM_CANONICAL.T
    matrix[:3, 3] = unit * np.array([x + 0.5 - width / 2, -z, height / 2 - (y + 0.5)])
    return matrix
