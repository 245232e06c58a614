# SPDX-License-Identifier: GPL-3.0-or-later
"""An egg-shaped head whose normals, visibility and colours are known by formula, laid out like a real face."""

import numpy as np
import pytest

from nets.layout import SIZE, UVLayout
from nets.pose import Pose

RADII = np.array([70.0, 95.0, 85.0])  # millimetres: half width, half height, half depth


def chart_angles():
    """Longitude (to the viewer's right) and latitude of each texel, (256, 256) each."""
    centres = (np.arange(SIZE) + 0.5) / SIZE
    return np.meshgrid((centres - 0.5) * np.radians(200), (0.5 - centres) * np.radians(150))


@pytest.fixture(scope="session")
def egg() -> UVLayout:
    longitude, latitude = chart_angles()
    sphere = np.stack(
        [np.sin(longitude) * np.cos(latitude), np.sin(latitude), np.cos(longitude) * np.cos(latitude)], axis=-1
    )
    mask = np.ones((SIZE, SIZE), bool)
    mask[:4] = mask[-4:] = mask[:, :4] = mask[:, -4:] = False
    step = np.linspace(60, 195, 68).astype(np.int32)
    landmarks = np.stack([step, np.roll(step, 20)], 1)
    return UVLayout(mask, landmarks, (sphere * RADII).astype(np.float32), mask.astype(np.float32))


@pytest.fixture
def egg_normals(egg) -> np.ndarray:
    normals = egg.mean / RADII**2
    return normals / np.linalg.norm(normals, axis=-1, keepdims=True)


@pytest.fixture
def turned():
    """turned(yaw in degrees, scale): a pose in the middle of an 800 x 800 photo; positive yaw to the viewer's right."""

    def make(yaw: float, scale: float = 3.5) -> Pose:
        angle = np.radians(yaw)
        rotation = [[np.cos(angle), 0, np.sin(angle)], [0, -1, 0], [-np.sin(angle), 0, np.cos(angle)]]
        return Pose(scale, np.array(rotation, np.float32), np.array([400, 400, 0], np.float32), 0.0)

    return make
