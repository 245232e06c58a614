# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's shape from photos that are compared with each other: a painted head of known shape, known cameras."""

from dataclasses import replace

import cv2
import numpy as np
import pytest

from nets.geometry.pose import Pose
from nets.geometry.uv_layout import SIZE
from nets.interface.perspective import Camera, PerspectivePose
from nets.lab.accuracy.scan_files import Scan
from nets.lab.accuracy.scan_photos import DOWN, MIDDLE, Shot, photograph
from nets.lab.accuracy.surface import Surface, distance_after_alignment
from nets.lab.synth.face import rotation_matrix
from nets.merge.adjustment import Adjuster, Adjustment, View
from nets.merge.separation import Separation
from nets.merge.sightings import Photo, synchronised
from nets.merge.verdict import verdict_on
from nets.merge.view_camera import POSE_SIZE, ViewCamera
from nets.model.bundle import load_bundle
from nets.model.networks.shape_codes import IDENTITY_SIZE

SIDE = 512


@pytest.fixture(scope="module")
def separation():
    return Separation(load_bundle())


@pytest.fixture(scope="module")
def painted_head(separation):
    """A head of the network's own bases with spots all over, and its offset from the mean face."""
    coarse, rng = separation.coarse, np.random.default_rng(5)
    codes = 0.7 * rng.standard_normal(IDENTITY_SIZE).astype(np.float32)  # as far off as a network is
    identity = np.tensordot(codes, separation.basis[:IDENTITY_SIZE], 1)
    mesh = coarse.layout.mesh("dense")
    spots = cv2.GaussianBlur(rng.normal(0, 1, (SIZE, SIZE)).astype(np.float32), (0, 0), 2.0)
    colours = np.clip(150 + 180 * spots[..., None] * (1, 0.8, 0.7), 0, 255).astype(np.uint8)
    painted = coarse.layout.sample(mesh, colours.astype(np.float32)).astype(np.uint8)
    vertices = coarse.layout.sample(mesh, coarse.shape(identity)).astype(np.float64)
    return Scan(vertices, mesh.triangles, np.zeros((3, 3)), painted), identity


def camera_of(shot: Shot) -> ViewCamera:
    rotation = DOWN @ rotation_matrix(*np.radians([shot.yaw, shot.pitch, shot.roll]))
    place = np.array([0, 0, shot.distance]) - rotation @ MIDDLE
    return ViewCamera.of(PerspectivePose.in_photo(Camera.of_photo(shot.focal(SIDE), (SIDE, SIDE)), rotation, place))


def views_of(scan: Scan, separation: Separation, shots: list[Shot]) -> list[View]:
    """The photos, with poses that are a degree and two pixels off."""
    rng, still = np.random.default_rng(0), np.zeros(len(separation.basis) - IDENTITY_SIZE)
    wrong = np.array([0.02, 0.02, 0.02, 2, 2, 0.01])
    views = []
    for shot in shots:
        grey = cv2.cvtColor(photograph(scan, shot, SIDE), cv2.COLOR_RGB2GRAY).astype(np.float32)
        camera = camera_of(shot).moved(wrong * rng.choice([-1, 1], POSE_SIZE))
        views.append(
            View(Photo(grey, np.ones((SIZE, SIZE), np.float32)), camera, still, 0, lens_known=True, lens_doubtful=True)
        )
    return views


def adjusted(separation: Separation, views: list[View], start: np.ndarray) -> Adjustment:
    *progress, adjustment = Adjuster(separation.coarse, separation.basis).adjust(start, views)
    assert progress == sorted(progress) and progress[0] == 0 and progress[-1] < 1
    return adjustment


def face_weights(separation: Separation) -> np.ndarray:
    return separation.coarse.downsample((separation.coarse.layout.weights > 1)[..., None].astype(np.float32))[..., 0]


def test_three_photos_tell_the_shape_and_one_side_alone_does_not(separation, painted_head):
    scan, true = painted_head
    layout = separation.coarse.layout
    mesh, start = layout.mesh("medium"), np.zeros_like(true)
    inner = slice(56, 184), slice(64, 192)  # what three photos show: not the chin's underside and the temples
    points = separation.coarse.shape(true)[inner][~layout.bridged[inner]][::9]

    def error(identity):
        surface = Surface(layout.sample(mesh, separation.coarse.shape(identity)), mesh.triangles)
        return distance_after_alignment(surface, points).mean()

    views = views_of(scan, separation, [Shot(yaw) for yaw in (0, -30, 30)])
    found = adjusted(separation, views, start)
    verdict = verdict_on(found, face_weights(separation).clip(0, 1))
    assert error(found.identity) < 0.5 * error(start)
    assert not verdict.kept and not verdict.advice
    assert np.median(found.misfit) < 0.4 * np.median(found.misfit_before)

    assert not found.contradicted  # the files' lens is the true one
    longer = [replace(view, camera=replace(view.camera, focal=1.8 * view.camera.focal)) for view in views]
    assert adjusted(separation, longer, start).contradicted == {0: pytest.approx(views[0].camera.focal, rel=0.12)}

    one_side = adjusted(separation, views_of(scan, separation, [Shot(0), Shot(3)]), start)
    verdict = verdict_on(one_side, face_weights(separation).clip(0, 1))
    assert "nearly the same side" in verdict.kept and "both sides" in verdict.advice
    surface = face_weights(separation) > 0.9
    assert one_side.spread[surface].mean() > 1.25 * found.spread[surface].mean()


def test_derivatives_of_a_camera_are_those_of_its_projection():
    rng = np.random.default_rng(1)
    camera = replace(camera_of(Shot(25, 10, 5)), origin=np.array([200.0, 300.0]))
    points, small = rng.normal(0, 60, (7, 3)), 1e-5
    with_points, with_pose, with_focal = camera.derivatives(points)
    for axis, step in enumerate(np.eye(3)):
        change = (camera.project(points + small * step) - camera.project(points)) / small / camera.scale
        assert np.allclose(with_points[:, :, axis], change, atol=1e-4)
    for axis, step in enumerate(np.eye(POSE_SIZE)):
        change = (camera.moved(small * step).project(points) - camera.project(points)) / small / camera.scale
        assert np.allclose(with_pose[:, :, axis], change, atol=2e-2)
    change = (camera.moved(np.zeros(POSE_SIZE), small).project(points) - camera.project(points)) / small / camera.scale
    assert np.allclose(with_focal, change, atol=2e-2)


@pytest.mark.parametrize("perspective", [True, False])
def test_a_camera_comes_back_as_the_pose_it_was_made_of(perspective):
    rotation = np.diag([1.0, -1, 1]) @ rotation_matrix(0.3, 0.1, 0.2)
    place = np.array([210.0, 240, 7])
    pose = PerspectivePose(Camera.of_photo(700, (512, 512)), 1.5, rotation, place)
    pose = pose if perspective else Pose(1.5, rotation, place, 0.0)
    points = np.random.default_rng(2).normal(0, 50, (9, 3))
    camera = ViewCamera.of(pose)
    assert np.abs(camera.pose().apply(points) - pose.apply(points)).max() < 0.02
    assert np.abs(camera.project(points) - pose.apply(points)[:, :2]).max() < 0.02
    moved = camera.shifted(np.array([5.0, -3])).pose().apply(points) - pose.apply(points)
    assert np.allclose(moved, (5, -3, 0), atol=0.02)


def test_a_pair_of_photos_that_contradicts_the_others_is_not_believed():
    rng = np.random.default_rng(3)
    true = rng.normal(0, 2, (5, 20, 2))
    true -= true.mean(0)
    shifts = true[None] - true[:, None]
    shifts[1, 2] += 6
    found, weight = synchronised(shifts, np.ones(shifts.shape[:3]) - np.eye(5)[..., None])
    assert np.abs(found - true).max() < 0.15
    assert weight.min() > 0.9
