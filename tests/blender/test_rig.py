# SPDX-License-Identifier: GPL-3.0-or-later
"""Bones and Empties that follow a baked head."""

import bpy
import numpy as np
import pytest
from mathutils import Vector

from blender_prnet.data.rig import JAW_OPEN, bone_of
from blender_prnet.scene.camera import camera_of
from blender_prnet.scene.motion import head_angles
from tests.blender.test_blendshapes import baked, value  # noqa: F401

FRAME = 6


@pytest.fixture
def rig():
    """A selected rig with bones of Rigify's names that point in various directions."""
    thing = bpy.data.objects.new("rig", bpy.data.armatures.new("rig"))
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    bpy.ops.object.mode_set(mode="EDIT")
    bones = thing.data.edit_bones
    for name, tail in (("spine.006", (0, 0, 1)), ("jaw_master", (0, -1, -0.3)), ("eye.L", (0, -1, 0))):
        bone = bones.new(name)
        bone.head, bone.tail = (0, 0, 0), tail
        if name != "spine.006":
            bone.parent = bones["spine.006"]
    bpy.ops.object.mode_set(mode="OBJECT")
    thing.select_set(True)
    return thing


def turned(rig, name):
    """The rotation of a bone in the rig's space, against its rest and its parent's turn."""
    bone = rig.pose.bones[name]
    own = bone.matrix.to_3x3() @ bone.bone.matrix_local.to_3x3().inverted()
    parent = bone.parent
    if parent:
        own = (parent.matrix.to_3x3() @ parent.bone.matrix_local.to_3x3().inverted()).inverted() @ own
    return own


def test_bones_of_a_rig_follow_head_and_jaw(baked, rig):  # noqa: F811
    head, _ = baked
    bpy.context.view_layer.objects.active = head
    assert bpy.ops.prnet.drive_bones() == {"FINISHED"}
    jaw = value(head, "jawOpen", FRAME)
    chin = turned(rig, "jaw_master") @ Vector((0, -1, 0))
    assert np.arctan2(-chin.z, -chin.y) == pytest.approx(JAW_OPEN * jaw, abs=1e-4)  # it drops
    yaw, pitch, _ = head_angles(head, camera_of(head), np.array([FRAME]))[0]
    nose = turned(rig, "spine.006") @ Vector((0, -1, 0))
    assert np.arctan2(nose.x, -nose.y) == pytest.approx(yaw, abs=1e-4)
    assert np.arcsin(nose.z) == pytest.approx(pitch, abs=1e-4)
    with pytest.raises(RuntimeError, match="rig has no bone chin"):
        bpy.ops.prnet.drive_bones(jaw="chin")


def test_bones_are_known_by_their_names():
    assert bone_of("jaw", ["Jaw", "root"]) == "Jaw" and bone_of("eye_left", ["master_eye.L"]) == "master_eye.L"
    assert bone_of("head", ["root"]) == ""


def test_empties_follow_the_head_and_chosen_vertices(baked):  # noqa: F811
    head, _ = baked
    bpy.context.view_layer.objects.active = head
    for vertex in head.data.vertices:
        vertex.select = vertex.index == 40
    assert bpy.ops.prnet.add_empties() == {"FINISHED"}
    empties = {thing.name: thing for thing in head.users_collection[0].objects if thing.type == "EMPTY"}
    bpy.context.scene.frame_set(FRAME)
    shown = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
    place = shown.matrix_world @ shown.data.vertices[40].co
    assert (empties[f"{head.name} vertex 40"].matrix_world.translation - place).length < 1e-5
    assert empties[f"{head.name} place"].matrix_world == head.matrix_world
