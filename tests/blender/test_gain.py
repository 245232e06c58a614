# SPDX-License-Identifier: GPL-3.0-or-later
"""The gain of a baked head: its curves follow at once, and come back exactly."""

import bpy
import numpy as np
import pytest

from blender_prnet.scene.curves import curves_of
from blender_prnet.scene.gain import face_action, turning_action
from tests.blender.test_blendshapes import baked, value  # noqa: F401

FRAME = 4


def curves(datablock):
    return np.array([[curve.evaluate(frame / 2) for frame in range(2, 19)] for curve in curves_of(datablock)])


def test_a_group_acts_more_or_less_and_comes_back(baked):  # noqa: F811
    head, performance = baked
    keys = head.data.shape_keys
    true = {
        name: performance.arkit[FRAME - 1, performance.arkit_names.index(name)] for name in ("jawOpen", "cheekPuff")
    }
    before, gain = curves(keys), face_action(head).prnet_gain
    gain.jaw = 0.5
    assert value(head, "jawOpen", FRAME) == pytest.approx(0.5 * true["jawOpen"], abs=1e-6)
    assert value(head, "cheekPuff", FRAME) == pytest.approx(true["cheekPuff"], abs=1e-6)
    gain.jaw = 3
    assert value(head, "jawOpen", FRAME) == pytest.approx(min(3 * true["jawOpen"], 1), abs=1e-6)
    gain.jaw = 0
    assert value(head, "jawOpen", FRAME) < 2e-3
    gain.jaw = 1
    np.testing.assert_allclose(curves(keys), before, rtol=1e-5, atol=1e-7)


def test_what_was_edited_by_hand_goes_along(baked):  # noqa: F811
    head, _ = baked
    block = head.data.shape_keys.key_blocks["jawOpen"]
    gain = face_action(head).prnet_gain
    gain.jaw = 0.5
    block.value = 0.3
    block.keyframe_insert("value", frame=FRAME)
    gain.jaw = 1
    assert value(head, "jawOpen", FRAME) == pytest.approx(0.6, abs=1e-6)


def test_the_head_turns_less_about_its_mean_and_comes_back(baked):  # noqa: F811
    head, _ = baked

    def turns():
        found = []
        for frame in range(1, 10):
            bpy.context.scene.frame_set(frame)
            found.append(head.matrix_world.to_quaternion())
        return found

    before, gain = turns(), turning_action(head).prnet_gain
    gain.head = 0.5
    halved = turns()
    for a, b in ((0, 3), (2, 5), (6, 8)):
        whole, half = (each[a].rotation_difference(each[b]).angle for each in (before, halved))
        assert half == pytest.approx(whole / 2, rel=0.15)
    gain.head = 0
    assert max(turn.rotation_difference(turns()[0]).angle for turn in turns()) < 0.01
    gain.head = 1
    assert max(a.rotation_difference(b).angle for a, b in zip(turns(), before, strict=True)) < 2e-3
