# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the search spends its looks, and what it does when the detector proposes nothing."""

from collections import Counter

import numpy as np
import pytest
from skimage.data import astronaut, chelsea

from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.detection_thresholds import THRESHOLDS
from nets.capture.estimate import FaceEstimate
from nets.capture.judgement import most_unsteadiness, unsteadiness
from nets.capture.search import BLIND_SIDES, blind_boxes
from nets.errors import NoFaceError
from nets.model.bundle import load_bundle
from nets.model.detection import Candidate, Round
from nets.model.engines import load_engine

PORTRAIT = astronaut()[:280, 80:360]
CENTRE = np.array([141, 124])  # of the face in PORTRAIT, by eye
FACE = np.float32([101, 82, 182, 166])  # by eye
CAT = np.float32([115, 50, 255, 190])  # the face in chelsea(), by eye


class CountingEngine:
    """An engine that counts the crops that it is shown."""

    def __init__(self, engine):
        self._engine, self.crops = engine, Counter()

    def predict(self, crops):
        self.crops["exact"] += len(crops)
        return self._engine.predict(crops)

    def predict_fast(self, crops):
        self.crops["fast"] += len(crops)
        return self._engine.predict_fast(crops)


@pytest.fixture(scope="module")
def engine():
    return load_engine(load_bundle(), device="cpu")


@pytest.fixture
def capturer(engine):
    bundle = load_bundle()
    return Capturer(CountingEngine(engine), bundle.layout, bundle.input_size, CaptureOptions())


def test_one_look_confirms_an_obvious_face(capturer):
    [face] = capturer.find(PORTRAIT)
    assert np.abs((face.box[:2] + face.box[2:]) / 2 - CENTRE).max() < 20
    assert capturer.engine.crops["exact"] == 2  # the crop and its mirror image
    assert capturer.engine.crops["fast"] <= 2  # at the face, and at what else was proposed


@pytest.mark.parametrize("quarter", [0, 2])
def test_what_nobody_proposed_is_found_by_looking_everywhere(capturer, quarter):
    capturer.detector = lambda photo: iter([[]])
    photo = np.ascontiguousarray(np.rot90(PORTRAIT, quarter))
    [face] = capturer.find(photo)
    expected = CENTRE if not quarter else np.array(PORTRAIT.shape[1::-1]) - 1 - CENTRE
    assert np.abs((face.box[:2] + face.box[2:]) / 2 - expected).max() < 20
    with pytest.raises(NoFaceError):
        capturer.find(photo, thorough=False)


@pytest.mark.parametrize(("share", "searched"), [(0.05, False), (0.3, True)])
def test_passers_by_far_behind_a_clear_face_are_not_looked_for(capturer, share, searched):
    rounds = []

    def detector(photo):
        yield Round([Candidate(FACE, score=0.9)], below=share * (FACE[2] - FACE[0]))
        rounds.append("smaller faces")
        yield []

    capturer.detector = detector
    assert len(capturer.find(PORTRAIT)) == 1
    assert bool(rounds) == searched


@pytest.mark.parametrize("size", [(640, 480), (480, 640), (300, 300), (4000, 400)])
def test_blind_boxes_leave_no_place_out(size):
    for share in BLIND_SIDES:
        boxes = np.stack([each.box for each in blind_boxes(*size, share)])
        side = share * min(size)
        assert boxes.min() >= 0 and (boxes.max(0)[2:] <= np.array(size) + 1e-3).all()
        centres = (boxes[:, :2] + boxes[:, 2:]) / 2
        for places, length in zip(centres.T, size, strict=True):
            ends = np.concatenate([[side / 2], np.unique(places), [length - side / 2]])
            assert np.diff(ends).max() <= 0.5 * side + 1e-3


def test_answers_about_a_face_are_steady_and_about_a_cat_are_not(capturer):
    for photo, box, is_face in [(PORTRAIT, FACE, True), (chelsea(), CAT, False)]:
        [seen] = capturer.predict_with_flip(photo, [Candidate(box)])
        assert (unsteadiness(capturer, photo, seen) < THRESHOLDS.unsteady) == is_face


def test_more_steadiness_is_asked_of_a_face_in_plain_view_than_of_a_profile():
    def asked(in_view, confidence):
        seen = FaceEstimate(None, None, None, confidence, np.full(192, in_view), None, None, None)
        return most_unsteadiness(seen)

    assert asked(0.7, 0.85) < THRESHOLDS.unsteady < asked(0.4, 0.85)
    assert asked(0.7, 0.92) == THRESHOLDS.unsteady  # a clear face
