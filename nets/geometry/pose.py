# SPDX-License-Identifier: GPL-3.0-or-later
"""Head pose: the similarity transform from the canonical face to its vertices in the photo."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.geometry.similarity import fit_similarity
from nets.interface.perspective import Camera, PerspectivePose


@dataclass(frozen=True)
class Pose:
    """A head's pose: image = scale · rotation @ canonical + translation.

    Canonical space is in millimetres, y up, z forward; image space in pixels, y down, z towards the viewer. So
    `rotation` includes the flip of y: it is orthonormal with determinant -1, diag(1, -1, 1) for a face that looks into
    the camera.
    """

    scale: float  # pixels per millimetre
    rotation: np.ndarray  # (3, 3) float32
    translation: np.ndarray  # (3,) float32: where the canonical origin, between the eyes, lies in the photo
    residual: float  # weighted root mean square distance that the fit leaves, pixels

    def apply(self, canonical: np.ndarray) -> np.ndarray:
        """Transform canonical points (..., 3) into the image."""
        return self.scale * canonical @ self.rotation.T + self.translation

    def undo(self, image: np.ndarray) -> np.ndarray:
        """Transform image points (..., 3) into canonical space: the captured face without its pose, life-size."""
        return (image - self.translation) @ self.rotation / self.scale


def pose_with(
    camera: Camera | None, scale: float, rotation: np.ndarray, translation: np.ndarray
) -> Pose | PerspectivePose:
    """Return the pose of these numbers before a camera, without perspective if there is none."""
    parts = float(scale), rotation, translation
    return PerspectivePose(camera, *parts) if camera else Pose(*parts, 0.0)


def fit_pose(canonical: np.ndarray, image: np.ndarray, weights: np.ndarray | None = None) -> Pose:
    """Fit the pose to corresponding points (N, 3) by least squares, weights (N,) >= 0."""
    canonical, image = np.asarray(canonical, np.float64), np.asarray(image, np.float64)
    fit = fit_similarity(canonical, image, weights, mirrored=True)  # y is flipped between the two spaces
    distance = ((image - fit.apply(canonical)) ** 2).sum(1)
    residual = float(np.sqrt(np.average(distance, weights=weights)))
    return Pose(float(fit.scale), fit.rotation.astype(np.float32), fit.translation.astype(np.float32), residual)


def angles(rotation: np.ndarray) -> tuple[float, float, float]:
    """Return yaw, pitch and roll of a pose's rotation (3, 3) in degrees.

    Yaw is positive to the viewer's right, pitch upwards, roll clockwise as the viewer sees it:
    rotation = diag(1, -1, 1) @ Ry(yaw) @ Rx(-pitch) @ Rz(-roll).
    """
    yaw = np.arctan2(rotation[0, 2], rotation[2, 2])
    pitch = np.arcsin(np.clip(-rotation[1, 2], -1, 1))
    roll = np.arctan2(rotation[1, 0], -rotation[1, 1])
    return tuple(float(angle) for angle in np.degrees([yaw, pitch, roll]))
