# SPDX-License-Identifier: GPL-3.0-or-later
"""Random cameras that frame a head."""

import numpy as np

from nets.geometry.crop import SIDE_PER_BOX
from nets.lab.synth.face import STORED_REACH, Camera, rotation_matrix

NEAREST, FARTHEST = 500, 6000  # millimetres from the camera to the head


def framing_camera(
    rng: np.random.Generator, rotation: np.ndarray, inverse_distance: np.float32, landmarks: np.ndarray, size: int,
    room: float = 1.0,
) -> Camera:  # fmt: skip
    """Return a camera in whose picture the landmarks (68, 3) fill the protocol's crop, apart from a random error.

    size: pixels of the picture's side
    room: the picture's side over that of a stored one
    """
    outline = Camera(rotation, 1.0, inverse_distance, np.zeros(2)).project(landmarks)[:, :2]
    extent = np.ptp(outline, axis=0).mean() * SIDE_PER_BOX * STORED_REACH * room
    scale = np.float32(size / extent * rng.uniform(0.95, 1.05))
    middle = (outline.max(0) + outline.min(0)) / 2 * scale
    centre = (size - 1) / 2 - middle + rng.uniform(-0.02, 0.02, 2) * size
    return Camera(rotation, scale, inverse_distance, centre)


def draw_inverse_distance(rng: np.random.Generator) -> np.float32:
    """Draw the inverse distance from the camera to the head, 1 / millimetres."""
    return np.float32(1 / np.exp(rng.uniform(np.log(NEAREST), np.log(FARTHEST))))


def draw_rotation(rng: np.random.Generator) -> np.ndarray:
    """Draw a head rotation (3, 3): mostly near the front, at times up to both profiles and beyond."""
    spread = rng.random()
    yaw = rng.normal(0, 0.4) if spread < 0.55 else rng.uniform(-0.9, 0.9) if spread < 0.7 else rng.uniform(-1.75, 1.75)
    pitch = rng.normal(0, 0.3) if rng.random() < 0.85 else rng.uniform(-0.9, 0.9)
    roll = rng.normal(0, 0.22) if rng.random() < 0.9 else rng.uniform(-1.05, 1.05)
    return rotation_matrix(yaw, np.clip(pitch, -0.9, 0.9), roll)
