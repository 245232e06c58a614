# SPDX-License-Identifier: GPL-3.0-or-later
"""What a first capture looks like in a new file and among the user's own objects: seen from outside, and rendered."""

import bpy
import numpy as np
import pytest

from blender_prnet.scene.camera import before_lens, camera_of
from blender_prnet.scene.lighting import COLLECTION
from blender_prnet.scene.photo_plane import stored_places
from nets.interface.orientation import BY_TAG
from tests.blender.test_capture import capture, heads

FACE = np.s_[85:150, 195:255]  # in the portrait
BESIDE = np.s_[200:500, 20:500]  # there the photo shows no head
STARTUP = ("Cube", "Light", "Camera")


@pytest.fixture
def new_file(extension):
    bpy.ops.wm.read_homefile(use_factory_startup=True)
    bpy.context.scene.prnet.topology = "grid"


def hidden(name):
    thing = bpy.data.objects[name]
    return thing.hide_get(), thing.hide_render


def rendered(path):
    """(H, W, 3): the scene's render, linear. Few samples are enough for means."""
    scene = bpy.context.scene
    scene.render.engine, scene.render.filepath = "CYCLES", str(path)
    scene.cycles.samples, scene.cycles.use_denoising = 8, False
    bpy.ops.render.render(write_still=True)
    return linear(path)


def linear(path):
    image = bpy.data.images.load(str(path))
    width, height = image.size
    pixels = np.array(image.pixels[:]).reshape(height, width, 4)[::-1, :, :3]
    bpy.data.images.remove(image)
    return np.where(pixels <= 0.04045, pixels / 12.92, ((pixels + 0.055) / 1.055) ** 2.4)


def test_an_untouched_startup_scene_is_hidden_and_undo_brings_it_back(new_file, photos):
    bpy.ops.ed.undo_push(message="before")
    capture(photos, "portrait.png", undo=True, preset="draft")
    assert {hidden(name) for name in STARTUP} == {(True, True)}
    assert COLLECTION in bpy.context.scene.collection.children
    bpy.ops.ed.undo()
    assert {hidden(name) for name in STARTUP} == {(False, False)} and not bpy.data.collections.get(COLLECTION)


def test_the_user_s_own_objects_are_left_alone_and_the_photo_stands_clear_of_them(new_file, photos):
    cube, light = bpy.data.objects["Cube"], bpy.data.objects["Light"]
    cube.scale.x = 0.5
    light.data.energy = 500
    bpy.context.view_layer.update()
    capture(photos, "portrait.png", preset="draft")
    head = next(thing for thing in heads() if thing is not cube)
    assert {hidden(name) for name in STARTUP} == {(False, False)}
    assert COLLECTION not in bpy.data.collections  # the light is the user's now
    camera = camera_of(head)
    distance = (head.matrix_world.translation - camera.matrix_world.translation).y
    left = distance * before_lens(camera.data, head["prnet_image_size"], np.array([[-0.5, 0]]))[0, 0]
    assert camera.matrix_world.translation.x + left == pytest.approx(0.5, abs=1e-3)  # metres, the cube's right side


def test_a_ground_is_not_in_the_way(new_file, photos):
    bpy.data.objects.remove(bpy.data.objects["Cube"])
    bpy.ops.mesh.primitive_plane_add(size=50, location=(0, 0, -0.3))
    capture(photos, "portrait.png", preset="draft")
    assert camera_of(bpy.context.object).matrix_world.translation.x == pytest.approx(0, abs=1e-6)


def test_a_render_of_a_new_file_is_as_bright_as_the_photo_and_can_show_it(new_file, photos, tmp_path):
    capture(photos, "portrait.png", preset="draft")
    assert bpy.ops.prnet.photo_colours() == {"FINISHED"}
    photo, alone = linear(photos / "portrait.png"), rendered(tmp_path / "alone.png")
    assert 0.75 < alone[FACE].mean() / photo[FACE].mean() < 1.1
    assert np.abs(alone[BESIDE] - photo[BESIDE]).mean() > 0.1
    bpy.ops.prnet.photo_behind()
    assert np.abs(rendered(tmp_path / "behind.png")[BESIDE] - photo[BESIDE]).mean() < 0.01
    bpy.ops.prnet.photo_behind()
    assert np.allclose(rendered(tmp_path / "again.png"), alone, atol=1e-3)


UPRIGHT = {  # EXIF 2.3: orientation -> the upright picture from the stored one
    2: lambda stored: stored[:, ::-1],
    3: lambda stored: stored[::-1, ::-1],
    4: lambda stored: stored[::-1],
    5: np.transpose,
    6: lambda stored: np.rot90(stored, -1),
    7: lambda stored: stored[::-1, ::-1].T,
    8: np.rot90,
}


@pytest.mark.parametrize("tag", UPRIGHT)
def test_the_photo_behind_stands_upright(tag):
    stored = np.arange(6).reshape(2, 3)
    upright = UPRIGHT[tag](stored)
    x, y = stored_places(BY_TAG[tag]).T
    shown = stored[np.rint(1 - y).astype(int), np.rint(2 * x).astype(int)]
    assert shown.tolist() == [upright[-1, 0], upright[-1, -1], upright[0, -1], upright[0, 0]]
