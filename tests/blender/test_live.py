# SPDX-License-Identifier: GPL-3.0-or-later
"""Live capture in Blender: a clip as the camera moves a character, and takes become actions."""

import math

import bpy
import numpy as np
import pytest
from mathutils import Vector

from blender_prnet.data.live import NAMES, LivePose, LiveTake, Rest, acted_weights
from blender_prnet.scene.live import LivePuppet
from tests.blender.test_blendshapes import character

UPRIGHT = np.eye(3)


def pose_of(time, turn=0.0, **weights):
    """A pose with these weights, turned about the upright axis by `turn` radians to the viewer's right."""
    row = np.zeros(len(NAMES), np.float32)
    for name, value in weights.items():
        row[NAMES.index(name)] = value
    cos, sin = math.cos(turn), math.sin(turn)
    return LivePose(time, 0.02, row, np.array([[cos, 0, sin], [0, 1, 0], [-sin, 0, cos]]))


@pytest.fixture
def puppet():
    """A character with three keys, which turns with the head; nothing is mirrored."""
    thing = character("eyeBlinkLeft", "eyeBlink_R", "jawOpen")
    settings = bpy.context.scene.prnet_live
    settings.target, settings.head, settings.mirror = thing, thing, False
    return LivePuppet(bpy.context.scene), thing


def test_a_clip_as_the_camera_moves_any_character(clips):
    own = character("jawOpen", "eyeBlinkLeft", "mouthSmileLeft", "browInnerUp")
    settings = bpy.context.scene.prnet_live
    settings.source, settings.clip, settings.target, settings.head = "clip", str(clips / "head.mp4"), own, own
    assert bpy.ops.prnet.live() == {"FINISHED"}
    values = [block.value for block in own.data.shape_keys.key_blocks[1:]]
    assert any(value > 0 for value in values)
    assert "Live Camera" not in bpy.data.images, "no picture is kept"
    assert not bpy.context.window_manager.prnet.running


def test_sides_are_kept_or_mirrored(puppet):
    live, thing = puppet
    keys = thing.data.shape_keys.key_blocks
    live.move(pose_of(0.0, eyeBlinkLeft=0.8), None)
    assert (keys["eyeBlinkLeft"].value, keys["eyeBlink_R"].value) == pytest.approx((0.8, 0.0))
    bpy.context.scene.prnet_live.mirror = True
    live.move(pose_of(0.1, eyeBlinkLeft=0.8), None)
    assert (keys["eyeBlinkLeft"].value, keys["eyeBlink_R"].value) == pytest.approx((0.0, 0.8))


def test_a_calibrated_face_is_at_rest(puppet):
    live, thing = puppet
    keys = thing.data.shape_keys.key_blocks
    assert not live.calibrate(), "nobody was seen yet"
    live.move(pose_of(0.0, turn=0.3, jawOpen=0.2), None)
    assert live.calibrate()
    live.move(pose_of(0.1, turn=0.3, jawOpen=0.2), None)
    assert keys["jawOpen"].value == pytest.approx(0)
    assert thing.rotation_quaternion.angle == pytest.approx(0, abs=1e-3)
    live.move(pose_of(0.2, turn=0.8, jawOpen=0.6), None)
    assert keys["jawOpen"].value == pytest.approx(0.5)
    assert thing.rotation_quaternion.to_euler().z == pytest.approx(0.5, abs=1e-3)  # to the viewer's right


def test_strength_is_set_by_groups():
    pose = pose_of(0.0, jawOpen=0.4, browInnerUp=0.4)
    weights = acted_weights(pose, Rest(), [2.0, 1, 0.5, 1, 1], [0.0, 0, 0.1, 0, 0])
    assert weights[NAMES.index("browInnerUp")] == pytest.approx(0.8)
    assert weights[NAMES.index("jawOpen")] == pytest.approx(0.3)


def test_a_take_is_an_action_without_holes(puppet):
    """Recorded at uneven times, played at the scene's rate from the present frame on."""
    live, thing = puppet
    scene = bpy.context.scene
    scene.render.fps, scene.frame_current = 24, 10
    live.start_take(scene, countdown=0.5)
    for moment in (0.1, 0.5, 0.6, 1.4, 1.5):  # the first is within the countdown
        live.move(pose_of(moment, turn=moment - 0.5, jawOpen=moment - 0.5), None)
    assert live.end() == "Take 1: 25 frames"
    assert live.take is None
    for frame, seconds in ((10, 0.0), (22, 0.5), (34, 1.0)):
        scene.frame_set(frame)
        assert thing.data.shape_keys.key_blocks["jawOpen"].value == pytest.approx(seconds, abs=1e-3)
        assert thing.rotation_quaternion.to_euler().z == pytest.approx(seconds, abs=2e-2)
    live.start_take(scene, countdown=0.0)
    live.move(pose_of(3.0, jawOpen=1.0), None)
    assert live.end().startswith("Take 2")
    assert len([action for action in bpy.data.actions if action.name.startswith("Take 1")]) == 2, "takes are kept"


def test_what_is_deleted_in_mid_run_is_left_out(puppet):
    live, thing = puppet
    bpy.data.objects.remove(thing)
    live.move(pose_of(0.0, jawOpen=1.0), np.zeros((4, 6, 3), np.uint8))
    assert tuple(bpy.data.images["Live Camera"].size) == (6, 4)


def test_a_bone_turns_about_the_head_s_axes(puppet):
    live, _ = puppet
    armature = bpy.data.objects.new("rig", bpy.data.armatures.new("rig"))
    bpy.context.scene.collection.objects.link(armature)
    bpy.context.view_layer.objects.active = armature
    bpy.ops.object.mode_set(mode="EDIT")
    bone = armature.data.edit_bones.new("head")
    bone.head, bone.tail = (0, 0, 1), (0, 0, 2)
    bpy.ops.object.mode_set(mode="OBJECT")
    settings = bpy.context.scene.prnet_live
    settings.head, settings.bone = armature, "head"
    live = LivePuppet(bpy.context.scene)
    live.move(pose_of(0.0, turn=0.4), None)
    bpy.context.view_layer.update()
    face = armature.pose.bones["head"].matrix.to_3x3() @ bone_front(armature)
    assert math.atan2(face.x, -face.y) == pytest.approx(0.4, abs=1e-3)


def bone_front(armature):
    """Where the armature's front, -y, lies in the bone's own axes."""
    return armature.data.bones["head"].matrix_local.to_3x3().inverted() @ Vector((0, -1, 0))


def test_a_clip_that_is_not_there_is_named():
    bpy.context.scene.prnet_live.source = "clip"
    bpy.context.scene.prnet_live.clip = "/nowhere/clip.mp4"
    with pytest.raises(RuntimeError, match="There is no clip /nowhere/clip"):
        bpy.ops.prnet.live()


def test_a_stutter_leaves_no_hole():
    take = LiveTake(1.0)
    for time, value in ((0.9, 9.0), (1.0, 0.0), (2.0, 1.0)):
        take.add(time, np.array([value]))
    assert np.allclose(take.resampled(10)[:, 0], np.arange(11) / 10)
