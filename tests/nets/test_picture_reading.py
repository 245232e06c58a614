# SPDX-License-Identifier: GPL-3.0-or-later
"""What frames add to the reading of motion when they are compared with the person's own rest."""

import shutil

import cv2
import numpy as np
import pytest

from nets.capture.capturer import CaptureOptions, Capturer
from nets.errors import BundleError
from nets.geometry.coarse_map import CoarseShape
from nets.geometry.pose import Pose
from nets.interface.expressions import EXPRESSIONS
from nets.io.clip_frame import ClipFrame
from nets.lab.synth.actor import Actor
from nets.lab.synth.series import write_shards
from nets.lab.training.picture_reading import PictureSettings, train
from nets.lab.training.picture_series import PICTURES, SEED
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.performance.cache import FACE_RECORD
from nets.performance.crop_window import CropWindow
from nets.performance.face_view import STEP, TOP, VIEW, FaceView
from nets.performance.person import TrackedPerson
from nets.performance.picture_comparison import read_pictures
from nets.performance.picture_reading import FOLDER, GRAPH, KEYS, LEVELS, load_picture_reading
from nets.performance.tracker import Tracker
from nets.topology.arkit import NAMES, OTHER_SIDE

SILENT = np.zeros((1, len(NAMES)), np.float32)  # motion that says nothing
BROW = NAMES.index("browOuterUpLeft")


@pytest.fixture(scope="module")
def coarse():
    return CoarseShape(load_bundle().layout)


@pytest.fixture(scope="module")
def tracker():
    bundle = load_bundle()
    engine = load_engine(bundle, "auto", "cpu")
    return Tracker(Capturer(engine, bundle.layout, bundle.input_size, CaptureOptions(texture_size=64)), 25.0)


@pytest.fixture(scope="module")
def view_of(generator, tracker):
    """Return views of one synthetic person, by the names of the expressions that are shown fully."""
    actor = Actor(generator, 12)

    def look(*shown):
        expression = np.isin(EXPRESSIONS, shown).astype(np.float32)
        acted = actor.act(np.eye(3), expression, np.zeros((2, 2)))
        frame, window = ClipFrame(0, 0.0, acted.picture), CropWindow.of(acted.landmarks68, 0.0)
        estimates = tracker.look(frame, [0], [window])
        tracker.keep_views(frame, estimates)
        return estimates["view"][0].copy()

    return look


@pytest.fixture(scope="module")
def rest(view_of):
    return view_of()


@pytest.fixture(scope="module")
def raised(view_of):
    """Return the person's view with one brow raised."""
    return view_of("browOuterUp_L")


def test_a_motion_that_only_the_picture_shows_is_found_on_its_side(rest, raised):
    added = load_picture_reading().added(rest, raised[None], SILENT)[0]
    assert added[BROW] > 0.07 and abs(added[OTHER_SIDE[BROW]]) < added[BROW] / 3


def test_mirrored_pictures_are_read_the_same_on_the_other_side(rest, raised):
    reading = load_picture_reading()
    added, mirrored = (
        reading.added(a, b[None], SILENT)[0] for a, b in ((rest, raised), (rest[:, ::-1], raised[:, ::-1]))
    )
    assert np.allclose(mirrored[OTHER_SIDE], added, atol=1e-3)


def test_light_is_no_expression(rest):
    dark = cv2.convertScaleAbs(rest, alpha=0.6, beta=-10)
    assert np.abs(load_picture_reading().added(rest, dark[None], SILENT)).max() < 0.06


def test_a_view_has_the_place_and_the_size_of_the_face_taken_off(coarse):
    picture, pose = np.zeros((300, 300, 3), np.uint8), Pose(1.5, np.diag([1.0, -1, 1]), np.array([160.0, 130, 0]), 0.0)
    x, y = pose.apply(np.array([24.0, -46.0, 0]))[:2]
    cv2.circle(picture, (round(x), round(y)), 5, (255, 255, 255), -1)
    view = FaceView(coarse).cut_out(ClipFrame(0, 0.0, picture), pose)
    row, column = np.argwhere(view > 128).mean(0)
    assert (column + 0.5 - VIEW[1] / 2) * STEP == pytest.approx(24, abs=1)
    assert TOP - (row + 0.5) * STEP == pytest.approx(-46, abs=1)


def test_every_shot_has_its_own_rest_and_frames_without_a_picture_follow_those_around(coarse, rest, raised):
    def darker(view):
        return (0.5 * view).astype(np.uint8)

    views = np.stack([rest] * 6 + [darker(rest)] * 6)
    views[[2, 8]] = raised, darker(raised)
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
    quiet = added[[0, 1, 4, 5, 6, 7, 9, 11]]
    assert np.ptp(quiet) < 0.02
    assert added[2] - quiet.mean() > 0.07 and added[8] == pytest.approx(added[2], rel=0.3)
    assert added[3] == pytest.approx((added[2] + added[4]) / 2, abs=1e-5)


def test_the_network_learns_from_series_that_are_tracked_as_clips_are(generator, tracker, tmp_path):
    write_shards(generator, tmp_path, 2, SEED, 2, PICTURES)
    files = sorted(tmp_path.glob("series-*.npy"))
    settings = PictureSettings(minutes=0.02, start=tmp_path / "none", run=tmp_path / "run", batch=8, rate=1e-3)
    tables = train(settings, tracker, files)
    assert {name: table.shape for name, table in tables.items()} == {"motion": (52, 2), "pictures": (52, 2)}
    learned, shipped = load_picture_reading(settings.run), load_picture_reading()
    assert (learned.levels.noise > 0).any() and np.isfinite(learned.levels.gain).all()
    views = np.zeros((1, *VIEW), np.uint8)
    assert learned.added(views[0], views, SILENT).shape == shipped.added(views[0], views, SILENT).shape == (1, 52)
    others = np.setdiff1d(np.arange(len(NAMES)), KEYS)  # gaze and tongue are read elsewhere
    noise = np.random.default_rng(3).integers(0, 255, (2, *VIEW)).astype(np.uint8)
    assert np.abs(learned.added(noise[0], noise[1:], SILENT)[0, others]).max() == 0


@pytest.mark.parametrize("name", [GRAPH, LEVELS])
def test_a_damaged_file_is_named(tmp_path, name):
    folder = tmp_path / "motion"
    shutil.copytree(FOLDER, folder)
    (folder / name).write_bytes((folder / name).read_bytes()[:100])
    with pytest.raises(BundleError) as caught:
        load_picture_reading(folder)
    assert name in str(caught.value)
