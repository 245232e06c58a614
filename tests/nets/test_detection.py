# SPDX-License-Identifier: GPL-3.0-or-later
from importlib.util import find_spec
from itertools import islice

import cv2
import numpy as np
import pytest
from skimage.data import astronaut

from nets.detection import choose_detector
from nets.detection.candidate import overlap, suppress
from nets.detection.cascades import find_by_cascades, windows
from nets.errors import EngineError, UsageError

FACE = np.array([101, 82, 182, 166])  # in PORTRAIT: brows to chin, by eye
PORTRAIT = astronaut()[:280, 80:360]


def turned(photo, degrees):
    """The photo turned clockwise about its centre, and the map of points."""
    centre = ((photo.shape[1] - 1) / 2, (photo.shape[0] - 1) / 2)
    affine = cv2.getRotationMatrix2D(centre, -degrees, 1)
    return cv2.warpAffine(photo, affine, photo.shape[1::-1], borderMode=cv2.BORDER_REPLICATE), affine


@pytest.mark.parametrize("degrees", [0, 35, -35, 90, 180])
def test_a_tilted_head_is_proposed_with_its_roll(degrees):
    photo, affine = turned(PORTRAIT, degrees)
    centre = affine @ [*(FACE[:2] + FACE[2:]) / 2, 1]
    near = [
        candidate
        for candidates in islice(find_by_cascades(photo), 2)
        for candidate in candidates
        if np.abs((candidate.box[:2] + candidate.box[2:]) / 2 - centre).max() < 20
        and 60 < candidate.box[2] - candidate.box[0] < 115
    ]
    assert any(np.cos(candidate.roll - np.radians(degrees)) > np.cos(np.radians(25)) for candidate in near)


def test_mirrored_profile_lands_on_the_right_side():
    boxes = [np.stack([c.box for c in next(find_by_cascades(image))]) for image in (PORTRAIT, PORTRAIT[:, ::-1])]
    mirrored = boxes[1][:, [2, 1, 0, 3]] * [-1, 1, -1, 1] + [279, 0, 279, 0]
    face = mirrored[np.argmax(overlap(FACE, mirrored))]
    assert np.abs(face - FACE).max() < 25


def test_windows_lie_in_the_photo_and_cover_it():
    boxes = np.stack([window.box for window in windows(300, 500)])
    assert boxes.min() >= 0 and (boxes[:, 2] <= 500).all() and (boxes[:, 3] <= 300).all()
    for x, y in [(60, 60), (440, 240), (250, 150)]:
        assert ((boxes[:, 0] < x) & (x < boxes[:, 2]) & (boxes[:, 1] < y) & (y < boxes[:, 3])).any()


def test_suppression_keeps_the_best_of_each_bunch():
    boxes = np.array([[0, 0, 10, 10], [1, 1, 11, 11], [50, 50, 60, 60], [2, 2, 5, 5]], float)
    assert suppress(boxes, np.array([0.5, 0.9, 0.1, 0.8])) == [1, 2]


@pytest.mark.skipif(find_spec("face_alignment") is not None, reason="face-alignment is installed here")
def test_an_option_that_is_not_installed():
    assert choose_detector("auto") is find_by_cascades
    with pytest.raises(EngineError, match="pip install face-alignment"):
        next(choose_detector("face-alignment")(PORTRAIT))


def test_unknown_detector():
    with pytest.raises(UsageError, match="psychic"):
        choose_detector("psychic")
