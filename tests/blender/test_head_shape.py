# SPDX-License-Identifier: GPL-3.0-or-later
"""The sliders of a whole head's shape, and what becomes of sculpting when the head is captured again."""

import sys
import time

import bpy
import numpy as np
import pytest

from tests.blender.test_capture import PACKAGE, capture, heads

pytestmark = pytest.mark.one_version

MEASURED = [  # slider, the landmarks between which it measures, and the axis
    ("nose_width", (31, 35), None),
    ("face_width", (1, 15), None),
    ("eye_distance", (39, 42), None),
    ("nose_projection", (30, 33), 1),
]


@pytest.fixture
def head(portrait_on):
    return portrait_on("head")


def points(key):
    values = np.empty((len(key.points), 3), np.float32)
    key.points.foreach_get("co", values.ravel())
    return values


def rest(head):
    return points(head.data.shape_keys.reference_key)


def landmarks(head):
    """(68,) vertices: the features that landmarks are called after."""
    installation = sys.modules[f"{PACKAGE}.installation"]
    places = sys.modules[f"{PACKAGE}.data.landmark_vertices"]
    with np.load(installation.HEAD_FILE) as stored:
        return places.nearest_vertices(stored["chart"], places.layout_places(installation.LAYOUT_FILE, "features"))


@pytest.mark.parametrize(("slider", "pair", "axis"), MEASURED)
def test_a_slider_changes_what_it_is_named_after_and_leaves_other_measures(head, slider, pair, axis):
    marks = landmarks(head)

    def measures():
        own = rest(head)[marks]
        lengths = {name: np.linalg.norm(own[a] - own[b]) for name, (a, b), at in MEASURED if at is None}
        return lengths | {"nose_projection": own[[31, 35], 1].mean() - own[30, 1]}

    before = measures()
    setattr(head.data.prnet_shape, slider, 2)
    change = {name: 1e3 * (value - before[name]) for name, value in measures().items()}  # millimetres
    assert change.pop(slider) > 2
    assert all(abs(each) < 0.7 for each in change.values()), change


def test_the_keys_go_along_and_the_way_back_leads_to_the_photo(head):
    keys = head.data.shape_keys.key_blocks
    before, opened = rest(head), points(keys["jawOpen"]) - rest(head)
    shape = head.data.prnet_shape
    shape.components[0] = 1.5
    shape.lips = -1
    bpy.context.view_layer.update()
    assert 1e3 * np.abs(rest(head) - before).max() > 3
    np.testing.assert_allclose(points(keys["jawOpen"]) - rest(head), opened, atol=1e-6)
    shown = np.array([vertex.co for vertex in head.data.vertices])
    np.testing.assert_allclose(shown, rest(head), atol=1e-6)
    shape.lips = 9
    assert shape.lips == 3  # within what is seen among people
    assert bpy.ops.prnet.reset_shape() == {"FINISHED"}
    assert shape.lips == 0 and tuple(shape.components) == (0,) * 8
    np.testing.assert_allclose(rest(head), before, atol=1e-6)


def test_a_slider_is_moved_quickly_enough_to_be_dragged(head):
    shape = head.data.prnet_shape
    shape.lips = 0.1  # reads the offsets
    start = time.perf_counter()
    for step in range(10):
        shape.lips = 0.2 * step
    assert (time.perf_counter() - start) / 10 < 0.25  # seconds


def test_sculpting_and_sliders_are_kept_when_the_head_is_captured_again(head):
    shape = head.data.prnet_shape
    shape.chin_length = 2
    bump = np.zeros_like(rest(head))
    bump[100:140] = 0.004  # metres
    sculpted = rest(head) + bump
    for key in head.data.shape_keys.key_blocks:  # as Sculpt Mode leaves them: keys are relative to the basis
        key.points.foreach_set("co", (points(key) + bump).ravel())
    assert bpy.ops.prnet.capture_again() == {"FINISHED"}
    assert head.data.prnet_shape.chin_length == 2
    assert np.abs(rest(head) - sculpted).mean() < 1e-3  # a second capture is a little different
    bpy.ops.prnet.reset_shape()  # takes the chin back, but not the bump
    captured = np.array([each.vector for each in head.data.attributes["captured"].data])
    np.testing.assert_allclose(rest(head) - captured, bump, atol=1e-5)


def test_other_meshes_have_no_sliders(photos):
    capture(photos, "portrait.png")
    assert not bpy.ops.prnet.reset_shape.poll()
    heads()[0].data.prnet_shape.lips = 1  # by a script: nothing happens, and nothing fails


def test_updated_keys_close_the_lids_of_larger_eyes_and_keep_their_values(head):
    from nets.topology.own_head import load_own_head

    model, keys = load_own_head(), head.data.shape_keys.key_blocks

    def gap():
        """Millimetres by which the left eye's upper lid is above the lower one at full eyeBlink."""
        upper, lower = model.lids["Left"]
        blink = points(keys["eyeBlinkLeft"])
        return 1e3 * (blink[upper, 2] - blink[lower, 2]).mean()

    keys["jawOpen"].value = 0.4
    closed, before = gap(), {key.name: points(key) - rest(head) for key in keys}
    head.data.prnet_shape.eye_size = 3
    wider = gap()
    assert wider > closed + 0.5
    assert bpy.ops.prnet.update_keys() == {"FINISHED"}
    assert gap() - closed < 0.3 * (wider - closed) and keys["jawOpen"].value == pytest.approx(0.4)
    for name in ("jawOpen", "mouthSmileLeft"):  # which have nothing to do with eyes
        after = points(keys[name]) - rest(head)
        assert 1e3 * np.linalg.norm(after - before[name], axis=1).max() < 0.1 * 1e3 * np.abs(before[name]).max()
