# SPDX-License-Identifier: GPL-3.0-or-later
"""The operators with the real worker and real photos: from the button to the scene."""

import os
import re
import sys
import threading
import time
from pathlib import Path

import addon_utils
import bpy
import numpy as np
import pytest
from bpy_extras.object_utils import world_to_camera_view

from nets.interface import file_kinds

ROOT = Path(__file__).parents[2]
MODULE = "bl_ext.user_default.prnet_face_capture"
PACKAGE = f"{MODULE}.blender_prnet"


@pytest.fixture
def client():
    """The extension's own."""
    return sys.modules[f"{PACKAGE}.session"].SESSION.client


def capture(folder, *names, undo=False, **options):
    return bpy.ops.prnet.capture(
        "EXEC_DEFAULT", undo, directory=str(folder), files=[{"name": name} for name in names], **options
    )


def heads():
    return sorted((thing for thing in bpy.data.objects if thing.type == "MESH"), key=lambda head: head.name)


def report():
    return [(line.name, line.status) for line in bpy.context.window_manager.prnet.report]


def seen_by_the_camera(head):
    """(N, 2): the vertices in the photo's pixels, centres at integers, as the scene's camera sees them."""
    scene = bpy.context.scene
    bpy.context.view_layer.update()
    seen = [world_to_camera_view(scene, scene.camera, head.matrix_world @ vertex.co) for vertex in head.data.vertices]
    width, height = head["prnet_image_size"]
    return np.array([[x * width - 0.5, (1 - y) * height - 0.5] for x, y, _ in seen])


@pytest.mark.parametrize("preset", ["photo", "upright"])
def test_head_lies_on_the_photo_where_the_worker_saw_it(photos, captured, preset):
    assert capture(photos, "portrait.png", preset=preset) == {"FINISHED"}
    (head,) = heads()
    scene = bpy.context.scene
    assert (scene.render.resolution_x, scene.render.resolution_y) == (512, 512)
    assert report() == []
    assert len(head.data.polygons) == len(captured["quads"])
    assert np.abs(seen_by_the_camera(head) - captured["vertices"][:, :2]).max() < 0.5
    assert list(head["prnet_box"]) == pytest.approx(captured["box"], abs=0.01)


def test_head_is_life_size_and_says_where_it_comes_from(photos):
    capture(photos, "portrait.png", preset="photo")
    (head,) = heads()
    width, depth, height = head.dimensions
    assert 0.12 < width < 0.25 and 0.12 < height < 0.35 and 0.05 < depth < 0.25
    assert tuple(head.scale) == pytest.approx((1, 1, 1), abs=1e-4)
    assert bpy.path.abspath(head["prnet_source"]) == str(photos / "portrait.png")
    assert 0.3 < head["prnet_confidence"] <= 1 and head["prnet_model"] == "compact" and head["prnet_engine"]
    left, top, right, bottom = head["prnet_box"]
    assert left < 224 < right and top < 110 < bottom  # the tip of the nose in this portrait
    texture = bpy.data.images["portrait_0 texture"]
    assert tuple(texture.size) == (1024, 1024) and texture.packed_file


def test_one_undo_takes_everything_back(photos):
    bpy.ops.ed.undo_push(message="before")
    before = bpy.context.scene.render.resolution_x
    capture(photos, "portrait.png", undo=True, preset="draft")
    assert len(heads()) == 1
    bpy.ops.ed.undo()
    assert not heads() and not bpy.data.cameras and not bpy.data.materials and bpy.context.scene.camera is None
    assert bpy.context.scene.render.resolution_x == before
    bpy.ops.ed.redo()
    assert len(heads()) == 1


def test_two_faces_of_one_photo(photos):
    capture(photos, "wide.png", preset="photo")
    assert [head.users_collection[0].name for head in heads()][:2] == ["wide_0", "wide_1"]
    noses = [224, 1024 - 224]  # in this portrait and its mirror image
    centres = [seen_by_the_camera(head)[:, 0].mean() for head in heads()]
    assert all(min(abs(centre - nose) for centre in centres) < 30 for nose in noses)


@pytest.mark.one_version
def test_a_bad_photo_costs_nothing_but_itself(photos):
    assert capture(photos, "broken.png", "portrait.png", "sky.png", preset="draft") == {"FINISHED"}
    assert len(heads()) == 1
    assert report() == [("broken.png", "unreadable"), ("sky.png", "no_face")]


@pytest.mark.one_version
def test_photo_without_a_face(photos):
    with pytest.raises(RuntimeError, match=r"0 heads captured; sky\.png: no face found"):
        capture(photos, "sky.png")
    assert not heads()


@pytest.mark.one_version
def test_worker_missing(photos, monkeypatch):
    monkeypatch.delenv("PRNET_WORKER_PYTHON")
    with pytest.raises(RuntimeError, match=r"packages are missing: onnxruntime.*install it again"):
        capture(photos, "portrait.png")
    assert report() == [("Worker", "worker")]
    monkeypatch.setenv("PRNET_WORKER_PYTHON", "/nowhere/python")
    with pytest.raises(RuntimeError, match=r"/nowhere/python.* does not exist"):
        capture(photos, "portrait.png")


@pytest.mark.one_version
def test_chosen_python_comes_before_the_environment(photos):
    preferences = bpy.context.preferences.addons[MODULE].preferences
    preferences.worker_python = "/nowhere/chosen"
    try:
        with pytest.raises(RuntimeError, match=r"/nowhere/chosen, from the preferences, does not exist"):
            capture(photos, "portrait.png")
    finally:
        preferences.worker_python = ""


@pytest.mark.one_version
def test_worker_killed_in_mid_job_keeps_what_is_done(photos, client):
    capture(photos, "portrait.png", preset="draft")
    killed = client._worker.pid

    def kill_after_the_next_head():
        end = time.monotonic() + 60
        while len(bpy.data.meshes) < 2 and time.monotonic() < end:
            time.sleep(0.005)
        os.kill(killed, 9)

    killer = threading.Thread(target=kill_after_the_next_head)
    killer.start()
    with pytest.raises(RuntimeError, match=r"The worker stopped \(exit code -9\).*captured before"):
        capture(photos, *["portrait.png"] * 50)
    killer.join()
    assert 2 <= len(heads()) < 50
    assert not bpy.context.window_manager.prnet.running
    count = len(heads())
    assert capture(photos, "portrait.png") == {"FINISHED"}
    assert len(heads()) == count + 1 and client._worker.pid != killed


def test_image_without_a_file(photos):
    """What the Image Editor shows may be packed, painted or generated."""
    image = bpy.data.images.load(str(photos / "portrait.png"))
    image.pack()
    image.name, image.filepath = "painted", ""
    with bpy.context.temp_override(edit_image=image):
        assert bpy.ops.prnet.capture_image_editor() == {"FINISHED"}
    (head,) = heads()
    assert head["prnet_source"] == "painted"
    assert bpy.context.scene.camera.data.background_images[0].image == image


FOREIGN = Path(__file__).parent / "photos"


def test_what_only_blender_reads_is_captured():
    """The worker gets the pixels of a TGA file from Blender."""
    assert capture(FOREIGN, "portrait.tga", preset="draft") == {"FINISHED"}
    (head,) = heads()
    assert head["prnet_source"].endswith("portrait.tga") and report() == []


def test_no_kind_of_file_that_blender_lists_is_refused_for_its_name():
    """.ts and .avs are mostly of programs, .r3d needs a camera maker's library; a GIF is a photo or a clip."""
    assert bpy.path.extensions_image <= file_kinds.PHOTO_SUFFIXES | file_kinds.BLENDER_PHOTO_SUFFIXES
    assert bpy.path.extensions_movie - file_kinds.MOVIE_SUFFIXES == {".gif", ".ts", ".avs", ".r3d"}


def test_what_blender_does_not_show_lies_behind_the_head_all_the_same():
    assert capture(FOREIGN, "portrait.ppm", preset="draft") == {"FINISHED"}
    (background,) = bpy.context.scene.camera.data.background_images
    assert tuple(background.image.size) == tuple(heads()[0]["prnet_image_size"])


@pytest.mark.one_version
def test_heic_is_named_with_what_to_do():
    with pytest.raises(RuntimeError, match=r"portrait\.heic: HEIC photos cannot be read\. Save it as JPEG"):
        capture(FOREIGN, "portrait.heic", preset="draft")


def test_draft_is_light(photos):
    capture(photos, "portrait.png", preset="draft")
    (head,) = heads()
    assert 3_000 < len(head.data.vertices) < 4_000
    assert tuple(bpy.data.images["portrait_0 texture"].size) == (512, 512)


@pytest.mark.one_version
def test_self_test_tells_engine_and_speed():
    assert bpy.ops.prnet.self_test() == {"FINISHED"}
    told = bpy.context.window_manager.prnet.self_test
    assert re.search(r"(CPU|PyTorch).*: [\d.]+ ms per face", told)


def test_disabling_the_extension_ends_the_worker(photos, client):
    bpy.ops.prnet.self_test()
    pid = client.worker(client._worker.setup).pid
    addon_utils.disable(MODULE)
    try:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
        assert not hasattr(bpy.types.Scene, "prnet")
    finally:
        addon_utils.enable(MODULE, default_set=True)
    assert bpy.context.scene.prnet.preset == "photo"
