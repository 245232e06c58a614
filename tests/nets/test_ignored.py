# SPDX-License-Identifier: GPL-3.0-or-later
"""Boxes, outlines and painted pictures that hide something in a clip: what lies under them has no say."""

import cv2
import numpy as np
import pytest

from nets.errors import UsageError
from nets.io.clip_frame import ClipFrame
from nets.performance.crop_window import CropWindow
from nets.performance.fixes import Fixes
from nets.performance.ignored import IgnoredBox, IgnoredOutlines, IgnoredPictures, Masks

SIZE = 64, 48  # width, height
SQUARE = ((10.0, 8.0), (29.0, 8.0), (29.0, 27.0), (10.0, 27.0))
HOLE = ((15.0, 12.0), (20.0, 12.0), (20.0, 20.0), (15.0, 20.0))


def painted(path, box):
    """A mask picture with a white box (left, top, right, bottom), pixels within it included."""
    picture = np.zeros(SIZE[::-1], np.uint8)
    picture[box[1] : box[3] + 1, box[0] : box[2] + 1] = 255
    assert cv2.imwrite(str(path), picture)
    return str(path)


def test_boxes_outlines_and_pictures_hide_the_same(tmp_path):
    box = Masks((IgnoredBox(3, 5, (10, 8, 29, 27)),), SIZE)
    outlines = Masks((IgnoredOutlines(3, 5, ((0, (SQUARE,)),)),), SIZE)
    pictures = Masks((IgnoredPictures(3, 5, (painted(tmp_path / "mask.png", (10, 8, 29, 27)),)),), SIZE)
    assert box.of(3).sum() == 20 * 20 and box.of(3)[8:28, 10:30].all()
    np.testing.assert_array_equal(outlines.of(5), box.of(3))
    np.testing.assert_array_equal(pictures.of(4), box.of(3))
    for masks in (box, outlines, pictures):
        assert masks.of(2) is None and masks.of(6) is None


def test_outlines_move_and_have_holes():
    moved = tuple((x + 20, y) for x, y in SQUARE)
    masks = Masks((IgnoredOutlines(0, 9, ((2, (SQUARE, HOLE)), (6, (moved,)))),), SIZE)
    assert masks.of(1) is None
    assert masks.of(2)[10, 11] and not masks.of(5)[16, 17]
    assert masks.of(6)[16, 40] and not masks.of(6)[10, 11]


def test_pictures_follow_the_frames_and_fit_clips_of_another_size(tmp_path):
    files = tuple(painted(tmp_path / f"{k}.png", (10 * k, 0, 10 * k + 9, 9)) for k in range(3))
    masks = Masks((IgnoredPictures(7, 9, files),), SIZE)
    assert [int(np.flatnonzero(masks.of(frame).any(0))[0]) for frame in (7, 8, 9)] == [0, 10, 20]
    twice = Masks((IgnoredPictures(7, 9, files),), (2 * SIZE[0], 2 * SIZE[1]))
    assert np.flatnonzero(twice.of(8).any(0)).tolist() == list(range(20, 40))
    with pytest.raises(UsageError, match="a mask of 64 x 48 pixels does not fit a clip of 64 x 64"):
        Masks((IgnoredPictures(7, 9, files),), (64, 64)).of(8)


def test_what_lies_under_a_mask_makes_no_difference():
    rng = np.random.default_rng(0)
    shown = rng.integers(0, 255, (*SIZE[::-1], 3), np.uint8)
    other = shown.copy()
    other[8:28, 10:30] = 255 - other[8:28, 10:30]
    masks = Masks((IgnoredBox(0, 5, (10, 8, 29, 27)),), SIZE)
    first, second = (masks.paint_over(ClipFrame(2, 0.0, picture)) for picture in (shown, other))
    np.testing.assert_array_equal(first.picture, second.picture)
    outside = ~masks.of(2)
    np.testing.assert_array_equal(first.picture[outside], shown[outside])
    points = np.array([[10.4, 8, 0], [9.4, 8, 0], [29, 27.4, 5], [-4, 3, 0], [99, 9, 0]])
    assert first.hides(points).tolist() == [True, False, True, False, False]
    assert masks.touches(2, CropWindow(40, 20, 22, 0.0)) and not masks.touches(2, CropWindow(45, 20, 22, 0.0))
    assert masks.paint_over(ClipFrame(6, 0.0, shown)).picture is shown


def test_large_frames_are_hidden_as_they_are_seen():
    """Frames over 4096 pixels are reduced; a box lies in the clip's own pixels."""
    mask = Masks((IgnoredBox(0, 0, (1000, 500, 1999, 999)),), (5000, 3000)).of(0)
    assert mask.shape == (1500, 2500)
    rows, columns = np.flatnonzero(mask.any(1)), np.flatnonzero(mask.any(0))
    assert abs(rows[[0, -1]] - (250, 499)).max() <= 1 and abs(columns[[0, -1]] - (500, 999)).max() <= 1


def test_each_kind_is_read_as_it_was_written():
    entries = [
        {"first": 1, "last": 4, "box": [0, 0, 5, 5]},
        {"first": 1, "last": 4, "outlines": [[1, [[[0, 0], [4, 0], [4, 4]]]], [3, []]]},
        {"first": 1, "last": 2, "pictures": ["a.png", "b.png"]},
    ]
    fixes = Fixes.of({"ignored": entries})
    assert [type(each) for each in fixes.ignored] == [IgnoredBox, IgnoredOutlines, IgnoredPictures]
    assert Fixes.of(fixes.entry()) == fixes


@pytest.mark.parametrize(
    ("entry", "what"),
    [
        ({"first": 1}, "not corrections"),
        ({"first": 1, "last": 2, "box": [5, 5, 1, 9]}, "empty or turned round"),
        ({"first": 1, "last": 2, "outlines": [[1, [[[0, 0], [4, 0]]]]]}, "an outline of 2 points"),
        ({"first": 1, "last": 9, "pictures": ["a.png", "b.png"]}, "2 mask pictures for frames 1 to 9"),
    ],
)
def test_bad_entries_are_refused(entry, what):
    with pytest.raises(UsageError, match=what):
        Fixes.of({"ignored": [entry]})
