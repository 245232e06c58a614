# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures on the extension's own head, with the real worker: what an artist gets by default."""

import bpy
import numpy as np
import pytest

from tests.blender.test_capture import capture, heads, report
from tests.blender.test_folder import import_folder, many
from tests.blender.test_topology import apart_mm, shown

SKIN = 12_370  # vertices, the first
APART = 0.5  # millimetres on average that the face may lie off the captured surface


@pytest.fixture
def grid(portrait_on):
    """The same face on the capture's grid."""
    return portrait_on("grid")


def test_new_scenes_ask_for_the_whole_head():
    assert bpy.context.scene.prnet.bl_rna.properties["topology"].default == "head"


def test_a_photo_becomes_a_whole_head_that_lies_on_the_captured_surface(photos, grid):
    bpy.context.scene.prnet.topology = "head"
    assert capture(photos, "portrait.png") == {"FINISHED"} and report() == []
    (head,) = set(heads()) - {grid}

    assert [slot.name.split(" ")[-1].split(".")[0] for slot in head.material_slots] == [
        "skin",
        "mouth",
        "teeth",
        "eyes",
    ]
    assert {len(polygon.vertices) for polygon in head.data.polygons} == {4}
    keys = head.data.shape_keys.key_blocks
    assert len(keys) == 52 and {"jawOpen", "eyeBlinkLeft", "eyeLookUpRight"} <= set(keys.keys())
    points = shown(head)[:SKIN]
    near = apart_mm(points[::40], grid)
    assert np.median(near) < APART  # scalp and nape, a third of the skin, have no captured surface
    assert np.ptp(points[:, 1]) > 0.17  # metres, front to back: no mask


def test_a_head_on_the_grid_becomes_a_whole_head_afterwards(grid):
    place = grid.matrix_world.copy()
    grid.select_set(True)
    assert bpy.ops.prnet.put_on_model(topology="head") == {"FINISHED"}
    assert grid.matrix_world == place and len(grid.data.vertices) > SKIN
    assert not bpy.ops.prnet.put_on_model.poll()  # it is on the grid no more


def test_a_whole_head_is_captured_again_as_one(portrait_on):
    head = portrait_on("head")
    before = shown(head)
    assert bpy.ops.prnet.capture_again() == {"FINISHED"}
    assert len(shown(head)) == len(before) and np.abs(shown(head) - before).mean() < 1e-3  # metres


def surface(material):
    return next(node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED")


def test_each_part_has_a_texture_and_a_surface_of_its_own(portrait_on):
    materials = [slot.material for slot in portrait_on("head").material_slots]
    skin, _mouth, _teeth, eyes = materials
    for material in materials:
        assert surface(material).inputs["Base Color"].links[0].from_node.image.packed_file
    assert surface(skin).inputs["Subsurface Weight"].default_value > 0
    assert surface(eyes).inputs["Coat Weight"].default_value == 1  # the cornea
    assert not surface(skin).inputs["Normal"].links


def test_even_light_keeps_the_photo_s_beside_it_and_detail_has_a_slider(photos):
    settings = bpy.context.scene.prnet
    settings.topology, settings.even_light, settings.shading_detail = "head", True, True
    capture(photos, "portrait.png")
    material = heads()[0].material_slots[0].material
    shader = surface(material)
    shown = shader.inputs["Base Color"].links[0].from_node
    (kept,) = (node for node in material.node_tree.nodes if node.label == "Photo's Light")
    assert kept.image.packed_file.data != shown.image.packed_file.data and not kept.outputs["Color"].links
    assert material.node_tree.nodes.active == shown  # what Solid view shows
    bump = shader.inputs["Normal"].links[0].from_node
    assert bump.type == "NORMAL_MAP" and bump.inputs["Strength"].default_value == 1
    normals = bump.inputs["Color"].links[0].from_node.image
    assert normals.colorspace_settings.name == "Non-Color"
    pixels = np.array(normals.pixels[:]).reshape(-1, 4)
    assert pixels[:, 2].min() > 0.5 and np.ptp(pixels[:, 0]) > 0.2  # up out of the skin, and not flat


def test_a_folder_s_light_head_becomes_the_full_one_when_it_is_captured_again(photos, tmp_path):
    bpy.context.scene.prnet.topology = "head"
    assert import_folder(many(photos, tmp_path / "folder", 1)) == {"FINISHED"}
    (head,) = heads()
    assert len(head.data.vertices) < SKIN and head.data.shape_keys is None
    bpy.context.view_layer.objects.active = head
    head.select_set(True)
    assert bpy.ops.prnet.capture_again() == {"FINISHED"}
    assert len(head.data.vertices) > SKIN and len(head.data.shape_keys.key_blocks) == 52
