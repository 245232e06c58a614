# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos of AFLW2000-3D with their truth. They may not be part of the project: they are looked for beside it."""

import os
from pathlib import Path

import numpy as np
import pytest
from scipy.io import loadmat

from nets.capture.capturer import CaptureOptions, Capturer
from nets.geometry.crop import landmark_box
from nets.io.photo import read_photo
from nets.model.bundle import load_bundle
from nets.model.detection.candidate import overlap
from nets.model.engines import load_engine

FOLDERS = [Path(os.environ.get("PRNET_REAL", "")), *(up / "shared" / "real" for up in Path(__file__).parents[2:5])]
PHOTOS = next((found for folder in FOLDERS if (found := sorted(folder.glob("image*.jpg")))), [])

pytestmark = pytest.mark.skipif(not PHOTOS, reason="no real photos: set PRNET_REAL to a folder of AFLW2000-3D samples")


@pytest.fixture(scope="module")
def capturer():
    bundle = load_bundle()
    return Capturer(
        load_engine(bundle, device="cpu"), bundle.layout, bundle.input_size, CaptureOptions(texture_size=64)
    )


def truth_of(path):
    """The 68 points (68, 3) in image space, whose pixels the file counts from 1."""
    return loadmat(path.with_suffix(".mat"))["pt3d_68"].T - [1, 1, 0]


def error_percent(landmarks, truth):
    size = np.sqrt(np.ptp(truth[:, :2], axis=0).prod())
    return 100 * np.linalg.norm(landmarks[:, :2] - truth[:, :2], axis=1).mean() / size


def test_given_boxes(capturer):
    errors = []
    for path in PHOTOS:
        truth = truth_of(path)
        [face] = capturer.find(read_photo(path), [landmark_box(truth)])
        errors.append(error_percent(face.landmarks, truth))
    assert np.mean(errors) < 5 and max(errors) < 12, np.round(errors, 2)


def test_found_without_boxes(capturer):
    errors = []
    for path in PHOTOS:
        truth = truth_of(path)
        faces = capturer.find(read_photo(path))
        assert (
            overlap(landmark_box(truth), np.stack([face.box for face in faces]))[0] > 0.7
        )  # and no larger false alarm
        errors.append(error_percent(faces[0].landmarks, truth))
    assert np.mean(errors) < 5.5, np.round(errors, 2)
