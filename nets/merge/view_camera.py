# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera of one view, with the parameters and the derivatives that an adjustment needs."""

from __future__ import annotations

from dataclasses import dataclass, replace

import cv2
import numpy as np

from nets.geometry.pose import Pose
from nets.interface.perspective import Camera, PerspectivePose

FAR = 1e6  # millimetres from which a camera without perspective looks here
POSE_SIZE = 6  # turn (3), place of the origin (2), logarithm of the scale
TOWARDS = np.diag([1.0, 1, -1])  # from the axes of image space to camera space (z forward)


@dataclass(frozen=True)
class ViewCamera:
    """A pinhole camera before a head.

    Depth along the camera's axis is focal / scale at the head's origin: so the scale hardly changes with the focal
    length, which several views may share.

    focal: pixels
    centre: (2,), the principal point, image space, pixels
    rotation: (3, 3), from canonical to camera space (x right, y down, z forward), determinant 1
    origin: (2,), where the head's origin is seen, image space, pixels
    scale: pixels per millimetre at the depth of the head's origin
    z: of the head's origin in image space, pixels
    perspective: False for a camera that stands for one without perspective
    """

    focal: float
    centre: np.ndarray
    rotation: np.ndarray
    origin: np.ndarray
    scale: float
    z: float
    perspective: bool

    @staticmethod
    def of(pose: Pose | PerspectivePose) -> ViewCamera:
        """Return the camera of a head's pose in a photo."""
        origin, z = np.asarray(pose.translation[:2], np.float64), float(pose.translation[2])
        if isinstance(pose, PerspectivePose):
            rotation, place = pose.in_camera_space()
            camera = pose.camera
            return ViewCamera(
                camera.focal, np.asarray(camera.centre), rotation, origin, camera.focal / place[2], z, True
            )
        rotation = TOWARDS @ pose.rotation.astype(np.float64)
        return ViewCamera(FAR * pose.scale, origin, rotation, origin, float(pose.scale), z, False)

    @property
    def place(self) -> np.ndarray:
        """Where the head's origin is in camera space, (3,), millimetres."""
        return np.append(self.origin - self.centre, self.focal) / self.scale

    def pose(self) -> Pose | PerspectivePose:
        """Return the pose of the head before this camera."""
        if not self.perspective:
            return Pose(self.scale, TOWARDS @ self.rotation, np.append(self.origin, self.z), 0.0)
        return PerspectivePose.in_photo(Camera(self.focal, self.centre), self.rotation, self.place, self.z)

    def project(self, points: np.ndarray) -> np.ndarray:
        """Return the places (..., 2) in the photo of canonical points (..., 3)."""
        seen = points @ self.rotation.T + self.place
        return seen[..., :2] / seen[..., 2:] * self.focal + self.centre

    def derivatives(self, points: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return how places in the photo change, in millimetres at the head's scale.

        For canonical points (N, 3): with the points, (N, 2, 3); with the pose, (N, 2, POSE_SIZE); with the logarithm of
        the focal length, (N, 2).
        """
        turned = points @ self.rotation.T
        seen = turned + self.place
        offset = seen[:, :2] / seen[:, 2:] * self.focal
        with_seen = np.zeros((len(points), 2, 3))
        with_seen[:, 0, 0] = with_seen[:, 1, 1] = self.focal / seen[:, 2]
        with_seen[:, :, 2] = -offset / seen[:, 2:]
        with_seen /= self.scale
        with_pose = np.empty((len(points), 2, POSE_SIZE))
        for axis in range(3):
            with_pose[:, :, axis] = (with_seen @ np.cross(np.eye(3)[axis], turned)[..., None])[..., 0]
        with_pose[:, :, 3:5] = with_seen[:, :, :2] / self.scale
        with_pose[:, :, 5] = -with_seen @ self.place
        with_focal = offset / self.scale + with_seen[:, :, 2] * (self.focal / self.scale)
        return with_seen @ self.rotation, with_pose, with_focal

    def moved(self, step: np.ndarray, log_focal: float = 0.0) -> ViewCamera:
        """Return the camera after a step (POSE_SIZE,) of its pose and of the logarithm of its focal length."""
        return replace(
            self,
            rotation=cv2.Rodrigues(step[:3])[0] @ self.rotation,
            origin=self.origin + step[3:5],
            scale=float(self.scale * np.exp(step[5])),
            focal=float(self.focal * np.exp(log_focal)),
        )

    def shifted(self, by: np.ndarray) -> ViewCamera:
        """Return the camera of the same photo whose places are shifted by (2,) pixels."""
        return replace(self, centre=self.centre + by, origin=self.origin + by)
