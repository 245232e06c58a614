# SPDX-License-Identifier: GPL-3.0-or-later
import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nets.geometry.pose import angles, fit_pose

FLIP = np.diag([1.0, -1.0, 1.0])
HEAD = np.random.default_rng(0).normal(0, [55, 70, 40], (500, 3))
angle = st.floats(-1.6, 1.6)


def turn(a, i, j):
    matrix = np.eye(3)
    matrix[[i, i, j, j], [i, j, i, j]] = np.cos(a), -np.sin(a), np.sin(a), np.cos(a)
    return matrix


def rotation(yaw, pitch, roll):
    return FLIP @ turn(roll, 0, 1) @ turn(pitch, 1, 2) @ turn(yaw, 2, 0)


@given(angle, angle, angle, st.floats(0.02, 30), st.floats(-5000, 5000))
def test_recovers_a_known_pose(yaw, pitch, roll, scale, shift):
    expected = rotation(yaw, pitch, roll)
    image = scale * HEAD @ expected.T + [shift, 300, -shift]
    pose = fit_pose(HEAD, image)
    np.testing.assert_allclose(pose.rotation, expected, atol=1e-5)
    np.testing.assert_allclose(pose.scale, scale, rtol=1e-6)
    np.testing.assert_allclose(pose.translation, [shift, 300, -shift], atol=1e-2 * max(scale, 1))
    assert np.linalg.det(pose.rotation) < 0 and pose.residual < 1e-3
    np.testing.assert_allclose(pose.undo(pose.apply(HEAD)), HEAD, atol=5e-3 + 2e-4 * abs(shift) / scale)


def test_weights_and_residual():
    image = 2 * HEAD @ FLIP + [100, 200, 0]
    image[:100] += [50, 0, 0]  # spoilt, as on the hidden side
    weights = np.r_[np.zeros(100), np.ones(400)]
    assert fit_pose(HEAD, image, weights).residual < 1e-6
    noise = np.random.default_rng(1).normal(0, 3, image.shape)
    np.testing.assert_allclose(fit_pose(HEAD, image + noise, weights).residual, 3 * 3**0.5, rtol=0.05)


def test_never_mirrors_a_flat_face():
    flat = HEAD * [1, 1, 1e-6]
    assert np.linalg.det(fit_pose(flat, flat @ FLIP).rotation) < 0


@given(angle, st.floats(-1.5, 1.5), angle)
def test_angles_are_those_that_the_viewer_sees(yaw, pitch, roll):
    turned = FLIP @ turn(yaw, 2, 0) @ turn(-pitch, 1, 2) @ turn(-roll, 0, 1)
    np.testing.assert_allclose(angles(turned), np.degrees([yaw, pitch, roll]), atol=1e-6)


def test_positive_angles_are_to_the_right_up_and_clockwise(turned):
    np.testing.assert_allclose(angles(turned(30).rotation), (30, 0, 0), atol=1e-4)
    looks_up = np.array([[1, 0, 0], [0, -0.8, -0.6], [0, -0.6, 0.8]])  # the nose's y in the picture falls
    lies_clockwise = np.array([[0.8, 0.6, 0], [0.6, -0.8, 0], [0, 0, 1]])  # the crown goes to the right
    assert angles(looks_up)[1] > 30 and angles(lies_clockwise)[2] > 30
