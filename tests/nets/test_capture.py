# SPDX-License-Identifier: GPL-3.0-or-later
"""The geometry between two passes over a face, on a head whose place is known, without a network, and on a photo."""

import numpy as np
import pytest
from skimage.data import astronaut

from nets.capture.capturer import CaptureOptions, Capturer, FaceEstimate, most_confident
from nets.geometry.crop import Crop, landmark_box
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine

PHOTO = np.full((800, 800, 3), 128, np.uint8)


@pytest.fixture
def capturer(egg):
    return Capturer(None, egg, 128, CaptureOptions(texture_size=64))


def estimate_of(egg, pose, confidence=0.9):
    position_map = pose.apply(egg.mean).astype(np.float32)
    landmarks = egg.landmarks_of(position_map)
    anchors = np.ones(len(egg.anchors), np.float32)
    no_performance = np.zeros(53, np.float32), np.zeros((2, 2), np.float32)
    return FaceEstimate(position_map, landmarks, landmark_box(landmarks), confidence, anchors, anchors, *no_performance)


def rolled(pose, degrees):
    """The same head, tilted clockwise in the picture."""
    cos, sin = np.cos(np.radians(degrees)), np.sin(np.radians(degrees))
    turn = np.array([[cos, -sin, 0], [sin, cos, 0], [0, 0, 1]])
    return type(pose)(pose.scale, turn @ pose.rotation, pose.translation, 0.0)


@pytest.mark.parametrize("degrees", [0, 20, -20, 75, -140])
def test_the_second_crop_is_centred_and_upright(capturer, egg, turned, degrees):
    pose = rolled(turned(20), degrees)
    candidate = capturer.recrop(estimate_of(egg, pose).landmarks)
    expected = 0 if abs(degrees) < 30 else degrees
    assert np.degrees(candidate.roll) == pytest.approx(expected, abs=0.1)
    landmarks = estimate_of(egg, pose).landmarks
    box = landmark_box(Crop.around(candidate.box, 128, candidate.roll).to_crop(landmarks))
    np.testing.assert_allclose((box[:2] + box[2:]) / 2, 63.5, atol=0.05)
    assert (box[2:] - box[:2]).mean() == pytest.approx(128 / 1.6, rel=1e-3)


def test_a_loose_box_gives_what_a_tight_one_gives():
    bundle, photo = load_bundle(), astronaut()
    capturer = Capturer(load_engine(bundle, device="cpu"), bundle.layout, bundle.input_size, CaptureOptions())
    [found] = capturer.find(photo)
    size = found.box[2] - found.box[0]
    for margin in ([-0.1, -0.1, 0.1, 0.1], [-0.2, -0.3, 0.2, 0.1], [-0.4, -0.6, 0.4, 0.2]):
        [seen] = capturer.find(photo, [found.box + np.float32(margin) * size])
        apart = np.linalg.norm((seen.landmarks - found.landmarks)[:, :2], axis=1) / size
        assert apart.mean() < 0.015 and apart.max() < 0.05, margin


def test_build_recovers_the_pose(capturer, egg, turned):
    pose = rolled(turned(35), 10)
    face = capturer.build(PHOTO, estimate_of(egg, pose))
    np.testing.assert_allclose(face.pose_rotation, pose.rotation, atol=1e-5)
    np.testing.assert_allclose(face.pose_translation, pose.translation, atol=1e-2)
    np.testing.assert_allclose(face.canonical_vertices(), egg.sample(egg.mesh(), egg.mean), atol=1e-2)
    assert face.residual < 1e-2
    assert {name: array.dtype.str[1:] for name, array in face.arrays().items()} == {
        **dict.fromkeys(("position_map", "vertices", "uv", "landmarks68", "visibility", "confidence", "box"), "f4"),
        **dict.fromkeys(("pose_scale", "pose_rotation", "pose_translation"), "f4"),
        **dict.fromkeys(("in_view", "uncertainty", "expression", "gaze"), "f4"),
        **dict.fromkeys(("triangles", "quads", "image_size"), "i4"),
        **dict.fromkeys(("camera", "perspective_scale", "perspective_rotation", "perspective_translation"), "f4"),
        **dict.fromkeys(("texture", "texture_mask", "camera_known"), "u1"),
    }


def test_one_estimate_per_face(egg, turned):
    pose = turned(0)
    beside = type(pose)(pose.scale, pose.rotation, pose.translation + np.array([600, 0, 0]), 0.0)
    kept = most_confident([estimate_of(egg, pose, 0.6), estimate_of(egg, beside, 0.5), estimate_of(egg, pose, 0.8)])
    assert [estimate.confidence for estimate in kept] == [0.8, 0.5]
