# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads before a pinhole camera: where their points appear in a photo, and back.

Image space is in pixels: pixel centres at integers, x right, y down, z towards the viewer. The z of a captured surface
is relative and weak-perspective: a point that is h millimetres nearer than the head's origin, measured along the ray to
that origin, has the z of the origin plus h times the scale there. A network sees a head in a crop of its own, as if the
camera looked straight at it; so depth counts along the ray to the head, not along the camera's axis.
"""

from dataclasses import dataclass
from functools import cached_property

import numpy as np

# Where the focal length is from, by its code in files and messages: there is no perspective, the face shows it, the
# photo's file tells it, the user gave it.
KNOWN = ("orthographic", "estimated", "file", "given")


@dataclass(frozen=True)
class Camera:
    """A pinhole camera without distortion.

    focal: focal length, pixels
    centre: (2,) float64, the principal point, image space, pixels
    """

    focal: float
    centre: np.ndarray

    @staticmethod
    def of_photo(focal: float, image_size) -> "Camera":
        """Return the camera of a whole photo (width, height), whose principal point is its middle."""
        return Camera(float(focal), (np.asarray(image_size, np.float64) - 1) / 2)

    @staticmethod
    def of_array(array: np.ndarray) -> "Camera | None":
        """Return the camera that camera_array wrote (3,); None if it is without perspective."""
        focal, *centre = np.asarray(array, np.float64).tolist()
        return Camera(focal, np.array(centre)) if np.isfinite(focal) else None

    def rays(self, places: np.ndarray) -> np.ndarray:
        """Return the rays (..., 3) of places (..., 2) in the photo, x right, y down, z = 1."""
        offset = (np.asarray(places, np.float64) - self.centre) / self.focal
        return np.concatenate([offset, np.ones_like(offset[..., :1])], -1)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return the places (..., 2) in the photo of points (..., 3) in camera space."""
        return points[..., :2] / points[..., 2:] * self.focal + self.centre


@dataclass(frozen=True)
class PerspectivePose:
    """Where a head is before a camera. The longer the focal length, the nearer is this to nets.geometry.pose.Pose.

    scale: pixels per millimetre at the head's origin
    rotation: (3, 3), from canonical space (millimetres, y up, z forward) to the axes of image space as seen along the
        ray to the head's origin; determinant -1, since y is flipped
    translation: (3,), where the head's origin is seen, and its z
    """

    camera: Camera
    scale: float
    rotation: np.ndarray
    translation: np.ndarray

    @staticmethod
    def in_photo(camera: Camera, rotation: np.ndarray, translation: np.ndarray, z: float = 0.0) -> "PerspectivePose":
        """Return the pose with this rotation and translation, see in_camera_space; z: of the head's origin, pixels."""
        distance = float(np.linalg.norm(translation))
        origin = camera.project(np.asarray(translation, np.float64))
        turned = turn_to(camera.rays(origin)) @ rotation
        scale = focal_towards(camera, origin) / distance
        return PerspectivePose(camera, scale, np.array([1.0, 1, -1])[:, None] * turned, np.append(origin, z))

    @cached_property
    def towards(self) -> np.ndarray:
        """The rotation (3, 3) from camera space to the axes of a camera that looks straight at the head's origin."""
        return turn_to(self.camera.rays(self.translation[:2]))

    @property
    def distance(self) -> float:
        """The distance from the camera to the head's origin, millimetres."""
        return focal_towards(self.camera, self.translation[:2]) / self.scale

    def apply(self, canonical: np.ndarray) -> np.ndarray:
        """Return the image points (..., 3) of canonical points (..., 3)."""
        view = canonical @ self.rotation.T.astype(np.float64)
        seen = np.concatenate([view[..., :2], self.distance - view[..., 2:]], -1)
        places = self.camera.project(seen @ self.towards)
        return np.concatenate([places, self.scale * view[..., 2:] + self.translation[2]], -1)

    def undo(self, image: np.ndarray) -> np.ndarray:
        """Return the canonical points (..., 3) of image points (..., 3): the head without pose and perspective."""
        view = self.distance * relative_view(self.camera, self.translation, image)
        return (view @ self.rotation).astype(np.result_type(image, np.float32))

    def in_camera_space(self) -> tuple[np.ndarray, np.ndarray]:
        """Return rotation (3, 3) and translation (3,), millimetres: camera space = rotation @ canonical + translation.

        Camera space has x to the right, y down and z forward, as OpenCV has it; so the rotation has determinant 1.
        """
        turn = self.towards.T
        return turn @ (np.array([1.0, 1, -1])[:, None] * self.rotation), self.distance * turn[:, 2]


def camera_array(camera: Camera | None, image_size) -> np.ndarray:
    """Return focal length and principal point x, y (3,) float32, pixels; without a camera the length is infinite."""
    camera = camera or Camera.of_photo(np.inf, image_size)
    return np.array([camera.focal, *camera.centre], np.float32)


def relative_view(camera: Camera, origin: np.ndarray, image: np.ndarray) -> np.ndarray:
    """Return image points (..., 3) relative to the head's origin, over its distance, (..., 3) float64.

    origin: (3,), where the origin is in image space. The axes are those of image space as seen along the ray to it.
    """
    view = camera.rays(image[..., :2]) @ turn_to(camera.rays(origin[:2])).T
    nearer = (image[..., 2:] - origin[2]) / focal_towards(camera, origin[:2])
    return np.concatenate([view[..., :2] / view[..., 2:] * (1 - nearer), nearer], -1)


def focal_towards(camera: Camera, place: np.ndarray) -> float:
    """Return the focal length in pixels of a camera that looks straight at a place (2,) of the photo.

    A photo shows what is off its centre larger, along the radius more than across it: this is the geometric mean.
    """
    return camera.focal * float(np.linalg.norm(camera.rays(place))) ** 1.5


def turn_to(ray: np.ndarray) -> np.ndarray:
    """Return the smallest rotation (3, 3) that carries a ray (3,) with z > 0 to the z axis."""
    x, y, z = ray / np.linalg.norm(ray)
    return np.array(
        [[1 - x * x / (1 + z), -x * y / (1 + z), -x], [-x * y / (1 + z), 1 - y * y / (1 + z), -y], [x, y, z]]
    )
