# SPDX-License-Identifier: GPL-3.0-or-later
"""Several photos of one person become one head with a camera per photo, with the real worker."""

import os
import subprocess
from pathlib import Path

import bpy
import numpy as np
import pytest

from blender_prnet.scene.camera import frame_photo
from blender_prnet.scene.clip_frame import shown_picture
from blender_prnet.scene.head_properties import VIEW_WEIGHT
from blender_prnet.scene.merged_head import person_of, textured_views_of
from blender_prnet.scene.painted import images_of_parts
from blender_prnet.scene.photo import image_pixels
from blender_prnet.session import SESSION
from nets.interface.perspective import Camera, PerspectivePose
from tests.blender.test_capture import heads, report, seen_by_the_camera

pytestmark = pytest.mark.one_version

ROOT = Path(__file__).parents[2]
PERSON = ["front.png", "turned.png"]


def merge(folder, *names, undo=False):
    files = [{"name": name} for name in names]
    return bpy.ops.prnet.merge_photos("EXEC_DEFAULT", undo, directory=str(folder), files=files, preset="photo")


def test_one_head_lies_on_all_of_its_photos(photos, tmp_path):
    folder = photos / "person"
    bpy.context.scene.prnet.topology = "head"
    bpy.ops.ed.undo_push(message="before")
    assert merge(folder, *PERSON, "../sky.png", undo=True) == {"FINISHED"}
    (head,) = heads()
    assert report() == [("sky.png", "no_face"), ("One head", "ok")]
    assert np.allclose(head.matrix_world, np.eye(4)) and 0.12 < head.dimensions.x < 0.25
    assert {Path(path).name for path in head["prnet_sources"]} == set(PERSON)

    command = [os.environ["PRNET_WORKER_PYTHON"], "-m", "nets", "merge", *(folder / name for name in PERSON)]
    subprocess.run([*command, "--out", tmp_path, "--mesh", "head"], cwd=ROOT, check=True, capture_output=True)
    with np.load(tmp_path / "head.npz") as truth:
        assert head.name == "Head person"  # their folder, since the files' names begin differently
        keys = head.data.shape_keys.key_blocks
        shown = [keys[Path(source).stem].value for source in head["prnet_sources"]]
        assert shown == [1, 0]  # as in the photo that the scene's camera shows
        assert "jawOpen" in keys
        for view, source in enumerate(head["prnet_sources"]):
            stem = Path(source).stem
            camera = bpy.data.objects[f"Camera {stem}"]
            assert camera.data.background_images[0].image.filepath == source
            head["prnet_image_size"] = [int(side) for side in truth["view_image_size"][view]]
            frame_photo(bpy.context.scene, camera, head["prnet_image_size"])
            assert bpy.ops.prnet.look_through(camera=camera.name) == {"FINISHED"}
            assert bpy.context.scene.camera == camera
            assert [key.name for key in keys[1:] if key.value == 1] == [stem]
            key = keys[stem]
            head.data.vertices.foreach_set("co", coordinates(key.points))
            lens = Camera.of_array(truth["view_camera"][view])
            parts = (truth[f"view_{name}"][view] for name in ("scale", "rotation", "translation"))
            pixels = PerspectivePose(lens, *parts).apply(truth["view_vertices"][view])
            assert np.abs(seen_by_the_camera(head) - pixels[:, :2]).max() < 0.5
    assert bpy.ops.prnet.rest() == {"FINISHED"} and not any(key.value for key in keys[1:])

    bpy.ops.ed.undo()
    assert not heads() and not bpy.data.cameras
    bpy.ops.ed.redo()
    assert len(heads()) == 1 and len(bpy.data.cameras) == len(PERSON)


def test_one_head_of_a_clip(clips):
    """Each frame that counts has a camera that shows it, whatever the scene's frame is."""
    scene = bpy.context.scene
    scene.prnet.clip_frames = "0, 19 7"
    files = [{"name": "head.mp4"}]
    assert bpy.ops.prnet.merge_clip("EXEC_DEFAULT", directory=str(clips), files=files) == {"FINISHED"}
    (head,) = heads()
    assert report() == [("head.mp4", "ok"), ("One head", "ok")]
    assert head.name == "Head head"
    scene.frame_set(200)
    shown = []
    for camera in (bpy.data.objects[f"Camera head {frame:04d}"] for frame in (0, 7, 19)):
        assert camera["prnet_view_key"] in head.data.shape_keys.key_blocks
        shown.append(shown_picture(head, camera, scene))
    assert shown == [(str(clips / "head.mp4"), frame) for frame in (0, 7, 19)]

    scene.prnet.clip_frames = "first"
    with pytest.raises(RuntimeError, match="write numbers of its frames"):
        bpy.ops.prnet.merge_clip("EXEC_DEFAULT", directory=str(clips), files=files)
    with pytest.raises(RuntimeError, match="Select movie or image strips"):
        bpy.ops.prnet.merge_clip("EXEC_DEFAULT")


@pytest.mark.parametrize("mesh", ["grid", "head"])
def test_the_texture_is_made_again_with_other_weights(photos, mesh):
    bpy.context.scene.prnet.topology = mesh
    assert merge(photos / "person", *PERSON) == {"FINISHED"}
    (head,) = heads()
    front, turned = textured_views_of(head)
    skin = images_of_parts(head)["skin"]
    first = image_pixels(skin).astype(int)
    shape = coordinates(head.data.vertices)
    turned[VIEW_WEIGHT] = 0.0
    assert bpy.ops.prnet.merge_texture() == {"FINISHED"}
    alone = image_pixels(skin).astype(int)
    assert np.abs(alone - first).max() > 20
    assert np.array_equal(coordinates(head.data.vertices), shape)
    turned[VIEW_WEIGHT] = 1.0
    assert bpy.ops.prnet.merge_texture() == {"FINISHED"}
    assert np.abs(image_pixels(skin) - first).max() <= 1
    if mesh == "grid":  # a worker that knows nothing of the head
        SESSION.end()
        assert bpy.ops.prnet.merge_texture() == {"FINISHED"}
        assert np.abs(image_pixels(skin) - first).mean() < 0.5
    front[VIEW_WEIGHT] = turned[VIEW_WEIGHT] = 0.0
    with pytest.raises(RuntimeError, match="give one a weight above 0"):
        bpy.ops.prnet.merge_texture()


def coordinates(points):
    values = np.empty(3 * len(points), np.float32)
    points.foreach_get("co", values)
    return values


def test_photos_that_make_no_head(photos):
    with pytest.raises(RuntimeError, match="Choose two photos"):
        merge(photos, "portrait.png")
    with pytest.raises(RuntimeError, match=r"two"):
        merge(photos, "portrait.png", "sky.png")
    assert not heads()


@pytest.mark.parametrize(
    "paths, name",
    [
        (["/a/anna_02.jpg", "/a/anna_01.jpg"], "anna"),
        (["/shoot/Anna Maier/IMG_4.jpg", "/shoot/Anna Maier/DSC_5.jpg"], "Anna Maier"),
        (["b.jpg", "c.jpg"], "b"),
    ],
)
def test_the_name_of_a_merged_head_comes_from_all_of_its_photos(paths, name):
    assert person_of(paths) == name
