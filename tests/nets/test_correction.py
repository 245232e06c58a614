# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured face follows landmarks that were placed by hand.

The captures are of people of the face model, whose every texel is known, and are wrong on purpose: with half of the
person's difference from the mean face, shifted, rotated and scaled.
"""

import numpy as np
import pytest
from skimage.data import astronaut

from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.correction import Correction, correct
from nets.capture.pinned_landmarks import follow_pins
from nets.errors import UsageError
from nets.geometry.pose import Pose
from nets.interface import surface_points
from nets.lab.synth.face import rotation_matrix
from nets.lab.synth.shape import draw_person
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine

SCALE = 2.5  # pixels per millimetre
# Outer corners of the eyes, tip of the nose, corners of the mouth, chin; then jaw, lips and inner ends of the brows
FIRST = [36, 45, 30, 48, 54, 8, 0, 16, 57, 51, 21, 22]


@pytest.fixture(scope="module")
def people(face_model, chart):
    """Canonical maps (256, 256, 3) of people with expressions."""
    names = tuple(face_model.expression_names)
    people = [draw_person(np.random.default_rng(seed), names) for seed in range(6)]
    return [chart.position_map(face_model.shape(each.identity, each.expression)) for each in people]


def posed(canonical, yaw=0.0, scale=SCALE, centre=(300, 280)):
    rotation = np.diag([1, -1, 1]).astype(np.float32) @ rotation_matrix(np.radians(yaw), 0, 0)
    return Pose(scale, rotation, np.array([*centre, 0], np.float32), 0.0).apply(canonical).astype(np.float32)


def errors(position_map, truth, layout):
    """Of every texel of the face proper in the picture, millimetres."""
    return np.linalg.norm((position_map - truth)[layout.weights >= 3][:, :2], axis=1) / SCALE


def seen_wrongly(person, layout, yaw):
    return posed((person + layout.mean) / 2, yaw=yaw + 8, scale=1.07 * SCALE, centre=(318, 266))


@pytest.mark.parametrize(("count", "share_left"), [(3, 0.5), (6, 0.4), (12, 0.25)])
def test_a_few_landmarks_put_a_wrong_capture_right(people, layout, count, share_left):
    before, after = [], []
    for yaw, person in zip((-40, -20, 0, 10, 25, 45), people, strict=True):
        truth, wrong = posed(person, yaw), seen_wrongly(person, layout, yaw)
        landmarks = np.array(FIRST[:count])
        right = follow_pins(wrong, landmarks, layout.landmarks_of(truth)[landmarks, :2], layout, uncertainty=8 * SCALE)
        before.append(errors(wrong, truth, layout))
        after.append(errors(right, truth, layout))
        assert (
            np.linalg.norm((layout.landmarks_of(right) - layout.landmarks_of(truth))[landmarks, :2], axis=1).max() < 1
        )
    print(f"{count} landmarks: mean {np.mean(before):.2f} -> {np.mean(after):.2f} mm")
    assert np.mean(after) < share_left * np.mean(before)
    assert max(each.max() for each in after) < max(each.max() for each in before)  # nothing goes wild


def test_what_is_far_from_a_landmark_keeps_its_shape(people, layout):
    """One corner of the mouth moves by 6 mm: the mouth follows, the brow stays, and no edge is torn."""
    capture = posed(people[0])
    place = layout.landmarks_of(capture)[[54], :2] + [6 * SCALE, 0]
    moved = follow_pins(capture, np.array([54]), place, layout, uncertainty=1.5 * SCALE)
    shift = np.linalg.norm(layout.landmarks_of(moved) - layout.landmarks_of(capture), axis=1) / SCALE
    assert shift[54] == pytest.approx(6, abs=0.3) and shift[64] > 4 and shift[[17, 26, 0]].max() < 2.5
    lengths = [
        np.linalg.norm(np.diff(each, axis=1), axis=-1)[:, :-1][layout.mask[:, 1:-1]] for each in (capture, moved)
    ]
    stretched = lengths[1][lengths[0] > 0.2] / lengths[0][lengths[0] > 0.2]
    assert stretched.min() > 0.5 and stretched.max() < 2


def test_landmarks_where_they_are_change_nothing(people, layout):
    capture = posed(people[1], yaw=30)
    same = follow_pins(capture, np.arange(68), layout.landmarks_of(capture)[:, :2], layout, uncertainty=SCALE)
    np.testing.assert_allclose(same, capture, atol=0.01)


def test_a_mirror_a_loose_box_and_a_landmark_on_a_photo():
    bundle = load_bundle()
    engine = load_engine(bundle, device="cpu")
    capturer = Capturer(engine, bundle.layout, bundle.input_size, CaptureOptions(texture_size=64))
    photo = astronaut()
    [estimate] = capturer.find(photo)
    left, top, right, bottom = estimate.box
    none = np.empty(0, int), np.empty((0, 2), np.float32)
    plain = correct(photo, Correction(estimate.box, *none, mirrored=False), capturer)
    box = np.array([511 - right, top, 511 - left, bottom], np.float32)
    mirrored = correct(photo, Correction(box, *none, mirrored=True), capturer)
    nose = plain.landmarks68[30, 0]
    margin = np.array([-0.4, -0.6, 0.4, 0.2], np.float32) * (right - left)
    loose = correct(photo, Correction(estimate.box + margin, *none, mirrored=False), capturer)
    np.testing.assert_allclose(loose.landmarks68, plain.landmarks68, atol=float(0.04 * (right - left)))
    assert mirrored.landmarks68[30, 0] == pytest.approx(511 - nose, abs=float(0.03 * (right - left)))
    placed = correct(photo, Correction(estimate.box, np.array([30]), np.array([[nose + 4, 110.0]]), False), capturer)
    assert placed.landmarks68[30, :2] == pytest.approx([nose + 4, 110], abs=0.5)


@pytest.mark.parametrize(
    ("request_", "message"),
    [
        ({"box": [10, 10, 5, 20]}, "empty or turned round"),
        ({"box": [1, 2, 3]}, "not a correction"),
        ({"box": [0, 0, 9, 9], "pins": [[68, 1, 1]]}, "numbered 0 to 67"),
        ({"box": [0, 0, 9, 9], "pins": [[3, 1, 1], [3, 2, 2]]}, "each once"),
    ],
)
def test_what_is_no_correction_is_refused(request_, message):
    with pytest.raises(UsageError, match=message):
        Correction.of(request_)


def test_any_point_of_the_face_can_be_pinned(people, layout):
    """A point of the cheek moves by 5 mm; its counterpart on the other cheek stays."""
    capture = posed(people[2])
    row, column = layout.landmarks[[2, 31], :].mean(0).astype(int)
    cheek = surface_points.FIRST_TEXEL + surface_points.SIDE * row + column
    other = surface_points.mirrored(cheek)
    moved = follow_pins(
        capture, np.array([cheek]), capture[[row], [column], :2] + [0, 5 * SCALE], layout, uncertainty=1.5 * SCALE
    )
    shift = np.linalg.norm(moved - capture, axis=2)[
        tuple(surface_points.texels_of(np.array([cheek, other]), layout.landmarks).T)
    ]
    assert shift[0] / SCALE == pytest.approx(5, abs=0.3) and shift[1] / SCALE < 2.5
    with pytest.raises(UsageError, match="not on the face"):
        follow_pins(capture, np.array([surface_points.FIRST_TEXEL]), np.zeros((1, 2)), layout, SCALE)
