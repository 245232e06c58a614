# SPDX-License-Identifier: GPL-3.0-or-later
"""What frames add to the reading of motion when they are compared with the person's own rest."""

import cv2
import numpy as np
import pytest

from nets.capture.capturer import CaptureOptions, Capturer
from nets.geometry.coarse_map import CoarseShape
from nets.geometry.pose import Pose
from nets.interface.expressions import EXPRESSIONS
from nets.io.clip_frame import ClipFrame
from nets.lab.synth.series import write_shards
from nets.lab.training import picture_reading
from nets.lab.training.weight_regression import OTHER_SIDE
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.performance.cache import FACE_RECORD
from nets.performance.face_view import STEP, TOP, VIEW, FaceView
from nets.performance.person import TrackedPerson
from nets.performance.picture_alignment import Alignment, read_pictures
from nets.performance.picture_reading import load_picture_reading
from nets.topology.arkit import NAMES
from nets.topology.own_head import load_blendshapes

NOTHING = np.zeros((1, len(NAMES)))
BROW = NAMES.index("browOuterUpLeft")


@pytest.fixture(scope="module")
def coarse():
    return CoarseShape(load_bundle().layout)


@pytest.fixture(scope="module")
def alignment(coarse):
    return Alignment(load_picture_reading(), coarse)


@pytest.fixture(scope="module")
def rest():
    """Return a view with something to see everywhere."""
    noise = np.random.default_rng(4).normal(size=VIEW)
    blurred = cv2.GaussianBlur(noise, (0, 0), 2)
    return np.clip(128 + 40 * blurred / blurred.std(), 0, 255).astype(np.uint8)


def moved(rest, coarse, name, weight):
    """Return a view in which a blendshape has moved the rest."""
    reading, shape = load_picture_reading(), load_blendshapes()[NAMES.index(name)]
    field = np.zeros((*VIEW, 3), np.float32)
    field.reshape(-1, 3)[reading.pixels] = cv2.remap(shape, reading.places[None], None, cv2.INTER_LINEAR)[0]
    row, column = np.indices(VIEW).astype(np.float32)
    x, y = (weight / STEP) * field[..., 0], -(weight / STEP) * field[..., 1]
    return cv2.remap(rest, column - x, row - y, cv2.INTER_LINEAR)


def aligned(alignment, rest, view):
    alignment.start_from(rest)
    return alignment.align(view[None], NOTHING)[0]


@pytest.mark.parametrize("name", ["browOuterUpLeft", "browDownRight", "mouthSmileLeft"])
def test_a_motion_that_only_the_picture_shows_is_found_on_its_side(alignment, coarse, rest, name):
    weights = aligned(alignment, rest, moved(rest, coarse, name, 0.6))
    other = OTHER_SIDE[NAMES.index(name)]
    assert weights[NAMES.index(name)] > 0.2 and abs(weights[other]) < 0.1


def test_light_and_a_shift_of_the_pose_are_no_expression(alignment, rest):
    dark = cv2.convertScaleAbs(rest, alpha=0.6, beta=-20)
    shifted = np.roll(rest, (1, -1), (0, 1))
    assert np.abs(aligned(alignment, rest, dark)).max() < 0.05
    assert np.abs(aligned(alignment, rest, shifted)).max() < 0.15


def test_a_view_has_the_place_and_the_size_of_the_face_taken_off(coarse):
    picture, pose = np.zeros((300, 300, 3), np.uint8), Pose(1.5, np.diag([1.0, -1, 1]), np.array([160.0, 130, 0]), 0.0)
    x, y = pose.apply(np.array([24.0, -46.0, 0]))[:2]
    cv2.circle(picture, (round(x), round(y)), 5, (255, 255, 255), -1)
    view = FaceView(coarse).cut_out(ClipFrame(0, 0.0, picture), pose)
    row, column = np.argwhere(view > 128).mean(0)
    assert (column + 0.5 - VIEW[1] / 2) * STEP == pytest.approx(24, abs=1)
    assert TOP - (row + 0.5) * STEP == pytest.approx(-46, abs=1)


def test_every_shot_has_its_own_rest_and_frames_without_a_picture_follow_those_around(coarse, rest):
    views = np.stack([rest] * 6 + [255 - rest] * 6)
    views[[2, 8]] = moved(rest, coarse, "browOuterUpLeft", 0.6), 255 - moved(rest, coarse, "browOuterUpLeft", 0.6)
    views[3] = 0
    estimates = np.zeros(len(views), FACE_RECORD)
    estimates["view"] = views
    cuts = np.arange(len(views)) == 6
    still = {
        "frame": np.arange(len(views)),
        "neutral": 0 * coarse.mean,
        "basis": np.zeros((1, *coarse.mean.shape), np.float32),
        "weights": np.zeros((len(views), 1)),
        "expression": np.zeros((len(views), len(EXPRESSIONS))),
    }
    person = TrackedPerson(**{**dict.fromkeys(TrackedPerson.__dataclass_fields__), **still})
    added = read_pictures(person, estimates, np.arange(len(views)), cuts, coarse)[:, BROW]
    assert added[2] > 0.03 and added[8] == pytest.approx(added[2], rel=0.2)
    assert added[3] == pytest.approx(added[2] / 2, rel=0.2)
    assert np.abs(added[[0, 1, 5, 6, 7, 9, 11]]).max() < 0.01


def test_the_reading_is_fitted_to_series_that_are_tracked_as_clips_are(generator, tmp_path):
    write_shards(generator, tmp_path, 1, picture_reading.SEED, 3, picture_reading.PICTURES)
    bundle = load_bundle()
    engine = load_engine(bundle, "auto", "cpu")
    capturer = Capturer(engine, bundle.layout, bundle.input_size, CaptureOptions(texture_size=64))
    fitted, tables = picture_reading.fit_picture_reading(capturer, tmp_path)
    shipped = load_picture_reading()
    assert (fitted.pixels == shipped.pixels).all() and np.allclose(fitted.places, shipped.places)
    assert fitted.coefficients.shape == shipped.coefficients.shape and set(tables) == {"motion", "pictures"}
    assert all(np.isfinite(each).all() for each in vars(fitted).values())
