# SPDX-License-Identifier: GPL-3.0-or-later
"""Folders for MetaHuman and Character Creator, read back."""

import bpy
import numpy as np
import pytest

PARTS = ["eyes", "mouth", "skin", "teeth"]


@pytest.fixture
def head(portrait_on):
    head = portrait_on("head")
    head.data.shape_keys.key_blocks["jawOpen"].value = 1  # the files hold the head at rest all the same
    return head


def rest(head):
    """(V, 3) centimetres, Blender's axes."""
    return 100 * np.array([point.co for point in head.data.shape_keys.reference_key.points])


def test_metahuman_gets_an_fbx_in_centimetres_with_its_textures(head, tmp_path):
    before = [len(kind) for kind in (bpy.data.objects, bpy.data.meshes, bpy.data.materials, bpy.data.images)]
    assert bpy.ops.prnet.prepare_head(directory=str(tmp_path), target="metahuman") == {"FINISHED"}
    assert before == [len(kind) for kind in (bpy.data.objects, bpy.data.meshes, bpy.data.materials, bpy.data.images)]
    folder = tmp_path / "Head_portrait_0_MetaHuman"
    assert {"head.fbx", "skin.png", "eyes.png", "mouth.png", "teeth.png"} == {path.name for path in folder.iterdir()}
    expected = rest(head)
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.ops.import_scene.fbx(filepath=str(folder / "head.fbx"))
    parts = {thing.name: thing for thing in bpy.data.objects}
    assert sorted(parts) == PARTS and not any(thing.data.shape_keys for thing in parts.values())
    skin = parts["skin"]
    assert tuple(skin.scale) == pytest.approx((0.01,) * 3)  # of a file in centimetres
    points = np.array([vertex.co for vertex in skin.data.vertices])
    np.testing.assert_allclose(points, expected[: len(points)], atol=1e-3)  # z up, the face along -y
    nodes = skin.data.materials[0].node_tree.nodes
    (texture,) = [node.image for node in nodes if node.type == "TEX_IMAGE"]
    assert min(texture.size) >= 512 and bpy.path.basename(texture.filepath) == "skin.png"


def test_character_creator_gets_an_obj_with_y_up(head, tmp_path):
    assert bpy.ops.prnet.prepare_head(directory=str(tmp_path), target="character_creator") == {"FINISHED"}
    folder = tmp_path / "Head_portrait_0_Character_Creator"
    textures = {"skin.png", "eyes.png", "mouth.png", "teeth.png"}
    assert {"head.obj", "head.mtl", *textures} == {path.name for path in folder.iterdir()}
    lines = (folder / "head.obj").read_text().splitlines()
    assert sorted(line.split()[1] for line in lines if line.startswith("o ")) == PARTS
    points = np.array([line.split()[1:4] for line in lines if line.startswith("v ")], float)
    x, y, z = rest(head).T
    low, high = np.stack([x, z, -y]).min(1), np.stack([x, z, -y]).max(1)
    np.testing.assert_allclose(points.min(0), low, atol=1e-3)
    np.testing.assert_allclose(points.max(0), high, atol=1e-3)
    assert "map_Kd skin.png" in (folder / "head.mtl").read_text()
    assert {len(line.split()) for line in lines if line.startswith("f ")} == {5}  # quads


def test_a_folder_that_cannot_be_made_is_named(head, tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(RuntimeError, match=r"cannot be made: .*Choose another folder"):
        bpy.ops.prnet.prepare_head(directory=str(tmp_path / "file"))
