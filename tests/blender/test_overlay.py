# SPDX-License-Identifier: GPL-3.0-or-later
"""What is shown over captured heads, as data: the drawing itself is in tests/ui."""

import sys
from pathlib import Path

import bpy
import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = "bl_ext.user_default.prnet_face_capture.blender_prnet"


@pytest.fixture
def head(portrait_on):
    return portrait_on("grid", "photo")


def measure(head, name):
    values = np.empty(len(head.data.vertices), np.float32)
    head.data.attributes[name].data.foreach_get("value", values)
    return values


def colours(head):
    values = np.empty(4 * len(head.data.vertices), np.float32)
    head.data.color_attributes.active_color.data.foreach_get("color_srgb", values)
    return values.reshape(-1, 4)


def test_a_head_carries_what_the_network_says_of_it(head, captured):
    for name in ("visibility", "in_view", "uncertainty"):
        np.testing.assert_allclose(measure(head, name), captured[name], atol=1e-4)
    weights = dict(head["prnet_expressions"])
    assert len(weights) == 53 and weights["mouthSmile_L"] == pytest.approx(
        captured["expression"][sorted(weights).index("mouthSmile_L")], abs=1e-3
    )
    assert list(head["prnet_gaze"]) == pytest.approx(captured["gaze"].ravel(), abs=1e-3)


def test_landmarks_lie_on_the_photo(head, captured):
    """From the head's own space through its camera, they are where the network saw them."""
    from bpy_extras.object_utils import world_to_camera_view

    bpy.context.view_layer.update()
    points = sys.modules[f"{PACKAGE}.scene.landmarks"].landmarks_of(head)
    from mathutils import Vector

    seen = [world_to_camera_view(bpy.context.scene, bpy.context.scene.camera, Vector(point)) for point in points]
    pixels = np.array([[512 * x - 0.5, 512 * (1 - y) - 0.5] for x, y, _ in seen])
    np.testing.assert_allclose(pixels, captured["landmarks68"][:, :2], atol=0.1)


def test_what_cannot_be_trusted_is_orange(head, photos):
    overlay = bpy.context.scene.prnet_overlay
    overlay.colours = "visibility"
    hidden, plain = (colours(head)[mask].mean(0) for mask in (measure(head, "visibility") < 0.05,
                                                              measure(head, "visibility") > 0.95))  # fmt: skip
    assert hidden[0] > 2 * hidden[2] and plain[2] > 2 * plain[0]
    overlay.colours = "uncertainty"
    shown, error = colours(head), measure(head, "uncertainty")
    assert shown[error.argmax(), 0] > shown[error.argmin(), 0]
    bpy.ops.prnet.capture(directory=str(photos), files=[{"name": "portrait.png"}])
    assert bpy.context.object != head and len(bpy.context.object.data.color_attributes) == 1
    overlay.colours = "texture"
    assert not head.data.color_attributes


def test_colours_can_be_undone(head):
    bpy.ops.ed.undo_push(message="captured")
    bpy.context.scene.prnet_overlay.colours = "in_view"
    bpy.ops.ed.undo_push(message="colours")
    bpy.ops.ed.undo()
    assert bpy.context.scene.prnet_overlay.colours == "texture" and not bpy.context.object.data.color_attributes
