# SPDX-License-Identifier: GPL-3.0-or-later
"""Heads before a pinhole camera: exact there and back, wherever the head is in the photo."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nets.geometry.perspective_fit import fit_focal, fit_perspective
from nets.geometry.pose import Pose, fit_pose
from nets.interface.perspective import Camera, PerspectivePose, camera_array, focal_towards

HEAD = np.random.default_rng(3).uniform((-75, -110, -80), (75, 110, 60), (400, 3))  # millimetres
CENTRE = np.array([999.5, 749.5])


def pose_at(distance, angles, place, focal=2400.0, z=0.0) -> PerspectivePose:
    """A head at a distance in millimetres, turned by a rotation vector, whose origin is seen at a place."""
    camera = Camera(focal, CENTRE)
    rotation = np.diag([1.0, -1, 1]) @ cv2.Rodrigues(np.array(angles, float))[0]
    return PerspectivePose(camera, focal_towards(camera, place) / distance, rotation, np.array([*place, z]))


poses = st.builds(
    pose_at,
    st.floats(350, 6000),
    st.tuples(*[st.floats(-1.2, 1.2)] * 3),
    st.tuples(st.floats(0, 2000), st.floats(0, 1500)),
    st.floats(1300, 9000),
    st.floats(-30, 30),
)


@given(poses)
def test_undo_inverts_apply_and_opencv_sees_the_same(pose):
    image = pose.apply(HEAD)
    np.testing.assert_allclose(pose.undo(image), HEAD, atol=1e-6)
    rotation, translation = pose.in_camera_space()
    assert np.linalg.det(rotation) == pytest.approx(1) and np.linalg.norm(translation) == pytest.approx(pose.distance)
    focal, (x, y) = pose.camera.focal, pose.camera.centre
    matrix = np.array([[focal, 0, x], [0, focal, y], [0, 0, 1]])
    seen = cv2.projectPoints(HEAD, cv2.Rodrigues(rotation)[0], translation, matrix, None)[0][:, 0]
    np.testing.assert_allclose(image[:, :2], seen, atol=1e-5)
    same = PerspectivePose.in_photo(pose.camera, rotation, translation, pose.translation[2])
    np.testing.assert_allclose(same.apply(HEAD), image, atol=1e-5)


@given(poses)
def test_the_fit_finds_pose_and_distance(pose):
    image = pose.apply(HEAD)
    fitted = fit_perspective(HEAD, image, pose.camera, fit_pose(HEAD, image))
    np.testing.assert_allclose(fitted.undo(image), HEAD, atol=0.05)
    assert fitted.distance == pytest.approx(pose.distance, rel=1e-3)


def test_a_long_lens_is_no_perspective():
    pose = pose_at(1e7, (0.3, 0.5, -0.2), (700, 900), focal=1e7)
    without = Pose(pose.scale, pose.rotation, pose.translation, 0.0)
    np.testing.assert_allclose(pose.apply(HEAD), without.apply(HEAD), atol=0.01)
    np.testing.assert_allclose(pose.undo(pose.apply(HEAD)), without.undo(without.apply(HEAD)), atol=0.01)


@pytest.mark.parametrize("distance", [400, 700, 1500, 2900])
def test_the_focal_length_shows_in_the_face(distance):
    pose = pose_at(distance, (0.1, 0.4, 0.1), (1300, 600))
    image = pose.apply(HEAD)
    focal = fit_focal(HEAD, image, CENTRE, fit_pose(HEAD, image), shortest=1000)
    assert focal == pytest.approx(pose.camera.focal, rel=0.02)
    assert fit_focal(HEAD, image, CENTRE, fit_pose(HEAD, image), shortest=3000) == pytest.approx(3000, rel=0.01)


def test_a_flat_picture_of_a_head_is_as_far_as_may_be():
    image = Pose(2.0, np.diag([1.0, -1, 1]), np.array([900.0, 700, 0]), 0.0).apply(HEAD)
    assert fit_focal(HEAD, image, CENTRE, fit_pose(HEAD, image), shortest=1000) == pytest.approx(6000, rel=0.01)


def test_a_camera_as_an_array():
    camera = Camera(2400, CENTRE)
    assert Camera.of_array(camera_array(camera, (2000, 1500))).focal == 2400
    without = camera_array(None, (2000, 1500))
    assert without.tolist() == [np.inf, *CENTRE] and Camera.of_array(without) is None
