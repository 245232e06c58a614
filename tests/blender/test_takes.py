# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes: heads made before play clips, under names of their own, with no more keyframes than are needed."""

import bpy
import numpy as np
import pytest

from blender_prnet.data.thinning import needed
from blender_prnet.scene.curves import curves_of
from tests.blender.test_bake import FRAMES, bake, heads
from tests.blender.test_blendshapes import baked, value  # noqa: F401


def test_a_head_of_a_photo_plays_a_clip(portrait_on, clips, tmp_path):
    own = portrait_on("head")
    scene = bpy.context.scene
    own.data.prnet_shape.nose_width = 2.0
    settings = scene.prnet_bake
    settings.use_head, settings.cache_folder = own, str(tmp_path)
    assert bake(clips, "head.mp4") == {"FINISHED"}
    (head,) = heads()
    assert head.name != own.name and head.data != own.data and head.users_collection != own.users_collection

    def rest(thing):
        points = np.empty((len(thing.data.vertices), 3), np.float32)
        thing.data.shape_keys.reference_key.points.foreach_get("co", points.ravel())
        return points

    np.testing.assert_array_equal(rest(head), rest(own))
    assert own.data.shape_keys.animation_data is None and not own.animation_data
    named = {head.animation_data.action.name, head.data.shape_keys.animation_data.action.name}
    assert named == {"head_0 motion", "head_0 face"}
    scene.frame_set(FRAMES)
    moved = head.data.shape_keys.key_blocks["jawOpen"].value
    settings.use_head = None
    assert bake(clips, "head.mp4") == {"FINISHED"}
    _, whole = heads()
    scene.frame_set(FRAMES)
    assert whole.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(moved, abs=1e-6)
    scene.frame_set(3)
    bpy.context.view_layer.objects.active = head
    settings.refine_at_once = True
    assert bpy.ops.prnet.fix_frame() == {"FINISHED"}
    np.testing.assert_array_equal(rest(head), rest(own))


def test_keyframes_that_lines_replace_are_not_needed():
    times = np.arange(50.0)
    values = np.interp(times, [0, 10, 30, 49], [0, 1, 1, 0.2]) + 0.004 * np.sin(times)
    kept = needed(times, values, 0.01)
    assert kept.sum() < 8
    assert np.abs(np.interp(times, times[kept], values[kept]) - values).max() <= 0.01


def test_thinned_curves_stay_within_the_error(baked):  # noqa: F811
    head, performance = baked
    jaw = performance.arkit[:, performance.arkit_names.index("jawOpen")]
    before = sum(len(curve.keyframe_points) for curve in curves_of(head.data.shape_keys))
    places = []
    for frame in range(1, 10):
        bpy.context.scene.frame_set(frame)
        places.append(head.matrix_world.translation.copy())
    assert bpy.ops.prnet.thin_keys(weight=0.1, millimetres=2.0) == {"FINISHED"}
    assert sum(len(curve.keyframe_points) for curve in curves_of(head.data.shape_keys)) < before
    for frame in range(1, 10):
        assert value(head, "jawOpen", frame) == pytest.approx(jaw[frame - 1], abs=0.1)
        assert (head.matrix_world.translation - places[frame - 1]).length < 0.0036  # 2 mm on each axis


def test_frames_of_the_clip_are_laid_over_the_skin_of_a_whole_head(clips, tmp_path):
    settings = bpy.context.scene.prnet_bake
    settings.cache_folder, settings.texture = str(tmp_path), "sequence"
    assert bake(clips, "still_007.png") == {"FINISHED"}
    (head,) = heads()
    tree = head.data.materials[0].node_tree
    frames = next(node for node in tree.nodes if node.type == "TEX_IMAGE" and node.image.source == "SEQUENCE")
    shown = []
    for frame in (1, 4, 6):
        bpy.context.scene.frame_set(frame)
        user = tree.evaluated_get(bpy.context.evaluated_depsgraph_get()).nodes[frames.name].image_user
        shown.append(int(frames.image.filepath_from_user(image_user=user)[-10:-4]))
    assert shown == [0, 3, 5]
    share = np.empty(len(head.data.vertices), np.float32)
    head.data.attributes["capture_share"].data.foreach_get("value", share)
    uv = np.empty((len(head.data.loops), 2), np.float32)
    head.data.uv_layers["Capture"].uv.foreach_get("vector", uv.ravel())
    points = np.array([vertex.co for vertex in head.data.vertices])
    nose, crown = points[:, 1].argmin(), points[:, 2].argmax()
    assert share[nose] == 1 and share[crown] == 0 and uv.min() >= 0 and uv.max() <= 1
