# SPDX-License-Identifier: GPL-3.0-or-later
"""What a synthetic face is: a picture, and everything that the losses need to know about it."""

from dataclasses import dataclass

import numpy as np

STORED_SIZE = 160  # pixels of a stored picture's side
STORED_REACH = 1.35  # its side over that of the protocol's crop


@dataclass(frozen=True)
class Camera:
    """A head before a camera.

    rotation (3, 3) f4 with determinant 1 turns canonical into view (x right, y up, z towards the viewer). A view point
    (X, Y, Z) is seen at centre (2,) + scale (X, -Y) / (1 - closeness Z) with depth scale Z; scale in pixels per
    millimetre, closeness the inverse distance in 1 / mm.
    """

    rotation: np.ndarray
    scale: float
    closeness: float
    centre: np.ndarray

    def project(self, points: np.ndarray) -> np.ndarray:
        """Canonical points (N, 3) in image space (N, 3)."""
        view = points @ self.rotation.T
        factor = self.scale / (1 - self.closeness * view[:, 2:])
        places = self.centre + view[:, :2] * factor * (1, -1)
        return np.concatenate([places, self.scale * view[:, 2:]], 1).astype(np.float32)

    def inverse_depth(self, points: np.ndarray) -> np.ndarray:
        """Inverse depth (N,) of canonical points in units of closeness: larger is nearer, linear on the screen."""
        return 1 / (1 - self.closeness * (points @ self.rotation[2]))

    def resized(self, ratio: float) -> "Camera":
        """The same view in a picture of another size."""
        centre = ((self.centre + 0.5) * ratio - 0.5).astype(np.float32)
        return Camera(self.rotation, self.scale * np.float32(ratio), self.closeness, centre)


@dataclass(frozen=True)
class SyntheticFace:
    """One synthetic photo with its truth.

    image (160, 160, 3) u1 sRGB before the camera's sins. canonical (64, 64, 3) f4: the person's canonical vertices with
    expression as a coarse map, millimetres; landmarks (68, 3) f4 likewise. identity (100,), expression (53,), gaze
    (2, 2) f4, see nets/lab/synth/shape.py. visible (64, 64) bool: texels in plain view. is_face: False for a picture
    without a face, whose truth is meaningless.
    """

    image: np.ndarray
    camera: Camera
    canonical: np.ndarray
    landmarks: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray
    visible: np.ndarray
    is_face: bool


def rotation_matrix(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Head rotation (3, 3): yaw > 0 turns the face to the image's right, pitch > 0 up, roll > 0 tilts it clockwise."""
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    tilt = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return (tilt @ nod @ turn).astype(np.float32)
