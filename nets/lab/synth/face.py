# SPDX-License-Identifier: GPL-3.0-or-later
"""A synthetic face: a picture and its truth."""

from dataclasses import dataclass

import numpy as np

STORED_SIZE = 160  # pixels of a stored picture's side, for networks that see up to so many; see stored_size
STORED_REACH = 1.35  # its side over that of the protocol's crop, see nets/geometry/crop.py


@dataclass(frozen=True)
class Camera:
    """A perspective camera in front of a head.

    A view point (X, Y, Z) appears at centre + scale (X, -Y) / (1 - inverse_distance Z), with depth scale Z.

    rotation: (3, 3) float32, determinant 1, from canonical into the view frame (x right, y up, z towards the viewer)
    scale: pixels per millimetre at the head's origin
    inverse_distance: 1 over the camera's distance from the head's origin, 1 / mm
    centre: (2,), where the head's origin appears, pixels
    """

    rotation: np.ndarray
    scale: float
    inverse_distance: float
    centre: np.ndarray

    def project(self, points: np.ndarray) -> np.ndarray:
        """Project canonical points (N, 3) into image space (N, 3), pixels."""
        view = points @ self.rotation.T
        factor = self.scale / (1 - self.inverse_distance * view[:, 2:])
        places = self.centre + view[:, :2] * factor * (1, -1)
        return np.concatenate([places, self.scale * view[:, 2:]], 1).astype(np.float32)

    def inverse_depth(self, points: np.ndarray) -> np.ndarray:
        """Return the inverse depth (N,) of canonical points over that of the head's origin.

        Larger is nearer; it is linear on the screen.
        """
        return 1 / (1 - self.inverse_distance * (points @ self.rotation[2]))

    def resized(self, ratio: float) -> "Camera":
        """Return the camera of the same view in a picture of another size."""
        centre = ((self.centre + 0.5) * ratio - 0.5).astype(np.float32)
        return Camera(self.rotation, self.scale * np.float32(ratio), self.inverse_distance, centre)


@dataclass(frozen=True)
class SyntheticFace:
    """One synthetic photo with its truth.

    image: (S, S, 3) uint8, sRGB, before any camera degradation; S as by stored_size
    canonical: (64, 64, 3) float32, coarse map of the person with expression, canonical, millimetres
    landmarks: (68, 3) float32, canonical, millimetres
    identity, expression, gaze: (100,), (53,), (2, 2) float32, see nets/lab/synth/shape.py
    visible: (64, 64) bool, texels in plain view
    is_face: False for a picture without a face, whose other truth is meaningless
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


def stored_size(input_size: int) -> int:
    """Return the pixels of a side of the stored pictures that serve a network of so many: 160 up to 160, else 320."""
    return STORED_SIZE * -(-input_size // STORED_SIZE)


def rotation_matrix(yaw: float, pitch: float, roll: float) -> np.ndarray:
    """Return a head rotation (3, 3) for angles in radians.

    yaw > 0 turns the face to the image's right, pitch > 0 turns it up, roll > 0 tilts it clockwise.
    """
    cy, sy, cp, sp, cr, sr = np.cos(yaw), np.sin(yaw), np.cos(pitch), np.sin(pitch), np.cos(roll), np.sin(roll)
    turn = np.array([[cy, 0, sy], [0, 1, 0], [-sy, 0, cy]])
    nod = np.array([[1, 0, 0], [0, cp, sp], [0, -sp, cp]])
    tilt = np.array([[cr, sr, 0], [-sr, cr, 0], [0, 0, 1]])
    return (tilt @ nod @ turn).astype(np.float32)
