# SPDX-License-Identifier: GPL-3.0-or-later
"""Characters whose keys have names of their own: the table says which key shows which of ARKit's blendshapes."""

import bpy
import numpy as np
import pytest

from blender_prnet.data.live import NAMES, LivePose
from blender_prnet.scene.blendshapes import read_blendshapes
from blender_prnet.scene.key_names import not_found
from blender_prnet.scene.live import LivePuppet
from tests.blender.test_blendshapes import character, take, value


def row_of(thing, name):
    return next(row for row in thing.data.prnet_key_names if row.name == name)


@pytest.fixture
def own():
    """The active mesh, whose keys tell little by their names."""
    thing = character("blendShape1.jawOpen", "Jaw_Open", "grin", "shut", "hat")
    bpy.context.view_layer.objects.active = thing
    return thing


def test_the_table_lists_what_names_tell_and_what_is_not_found(own):
    assert bpy.ops.prnet.fill_key_names() == {"FINISHED"}
    rows = [(row.name, row.key) for row in own.data.prnet_key_names]
    assert [name for name, _ in dict(rows).items()] == list(NAMES)
    assert [key for name, key in rows if name == "jawOpen"] == ["blendShape1.jawOpen", "Jaw_Open"]
    assert {key for name, key in rows if name != "jawOpen"} == {""}
    assert len(not_found(own)) == 51 and "jawOpen" not in not_found(own)
    row_of(own, "mouthSmileLeft").key = "grin"
    row_of(own, "jawOpen").key = "hat"
    own.shape_key_add(name="cheekPuff")
    bpy.ops.prnet.fill_key_names()
    assert row_of(own, "mouthSmileLeft").key == "grin" and row_of(own, "jawOpen").key == "hat"  # chosen: it stays
    assert row_of(own, "cheekPuff").key == "cheekPuff" and len(not_found(own)) == 49


def test_keys_that_the_table_names_take_a_live_link_file(own, tmp_path):
    bpy.ops.prnet.fill_key_names()
    for name in ("eyeBlinkLeft", "eyeBlinkRight"):
        row_of(own, name).key = "shut"
    row_of(own, "mouthSmileLeft").key = "grin"
    path = take(tmp_path / "take.csv", EyeBlinkLeft=1.0, EyeBlinkRight=0.5, MouthSmileLeft=0.7, JawOpen=0.2)
    assert bpy.ops.prnet.load_live_link(filepath=path) == {"FINISHED"}
    shown = {key: value(own, key, 10) for key in ("shut", "grin", "Jaw_Open")}
    # One key for both eyes shows their mean.
    assert shown == pytest.approx({"shut": 0.75, "grin": 0.7, "Jaw_Open": 0.2}, abs=1e-4)
    read = read_blendshapes(own)
    assert set(read.names) == {"eyeBlinkLeft", "eyeBlinkRight", "mouthSmileLeft", "jawOpen"}
    assert read.values[-1, read.names.index("mouthSmileLeft")] == pytest.approx(0.7, abs=1e-4)


def test_live_moves_the_keys_that_the_table_names(own):
    bpy.ops.prnet.fill_key_names()
    row_of(own, "cheekPuff").key = "grin"
    live = bpy.context.scene.prnet_live
    live.target, live.mirror = own, False
    weights = np.zeros(52, np.float32)
    weights[NAMES.index("cheekPuff")] = 0.6
    LivePuppet(bpy.context.scene).move(LivePose(0.0, 0.0, weights, np.eye(3)), None)
    assert own.data.shape_keys.key_blocks["grin"].value == pytest.approx(0.6)


def test_a_preset_names_the_keys_of_the_next_character(own):
    row_names = ("mouthSmileLeft", "mouthSmileRight")
    bpy.ops.prnet.fill_key_names()
    for name in row_names:
        row_of(own, name).key = "grin"
    row_of(own, "mouthPucker").key = "hat"
    assert bpy.ops.prnet.add_key_names(name="Studio Rig") == {"FINISHED"}
    try:
        path = bpy.utils.preset_find("Studio_Rig", "prnet/key_names")
        assert path.startswith(bpy.utils.user_resource("SCRIPTS"))
        other = character("grin", "Jaw_Open")
        bpy.context.view_layer.objects.active = other
        bpy.ops.script.execute_preset(filepath=path, menu_idname="PRNET_PT_key_name_presets")
        assert [row_of(other, name).key for name in row_names] == ["grin", "grin"]
        assert "mouthPucker" in not_found(other)  # this character has no hat
        assert len(not_found(other)) == 49 and len(other.data.prnet_key_names) == 53
        bpy.ops.prnet.clear_key_names()
        assert "mouthSmileLeft" in not_found(other) and "jawOpen" not in not_found(other)
    finally:
        assert bpy.ops.prnet.add_key_names(name="Studio_Rig", remove_name=True) == {"FINISHED"}
    assert not bpy.utils.preset_find("Studio_Rig", "prnet/key_names")


def test_the_table_of_an_overridden_character_is_kept_with_the_file(own, tmp_path):
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "character.blend"))
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    with bpy.data.libraries.load(str(tmp_path / "character.blend"), link=True) as (_, linked):
        linked.objects = ["character"]
    thing = linked.objects[0]
    bpy.context.scene.collection.objects.link(thing)
    bpy.context.view_layer.objects.active = thing
    with pytest.raises(RuntimeError, match="linked from another file"):
        bpy.ops.prnet.fill_key_names()
    local = thing.override_hierarchy_create(bpy.context.scene, bpy.context.view_layer, do_fully_editable=True)
    if not local.data.override_library:
        local.data.override_create(remap_local_usages=True)
    bpy.context.view_layer.objects.active = local
    bpy.ops.prnet.fill_key_names()
    row_of(local, "mouthPucker").key = "hat"
    bpy.ops.wm.save_as_mainfile(filepath=str(tmp_path / "scene.blend"))
    bpy.ops.wm.open_mainfile(filepath=str(tmp_path / "scene.blend"))
    (local,) = (thing for thing in bpy.data.objects if thing.library is None)
    assert local.data.override_library and row_of(local, "mouthPucker").key == "hat"
