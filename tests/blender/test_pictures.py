# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a head, aligned with its photo, with the real worker."""

import sys

import bpy
import numpy as np
import pytest

from tests.blender.test_bake import bake
from tests.blender.test_bake import heads as performances
from tests.blender.test_capture import PACKAGE, capture, heads


def head_of(photos, topology):
    bpy.context.scene.prnet.topology = topology
    capture(photos, "portrait.png")
    return heads()[0]


def pixels(image):
    """(H, W, C), rows from the top."""
    values = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(values)
    return values.reshape(image.size[1], image.size[0], -1)[::-1]


def seen(head):
    module = sys.modules[f"{PACKAGE}.scene.seen_head"]
    camera = sys.modules[f"{PACKAGE}.scene.camera"].camera_of(head)
    return module.see_head(head, camera, (512, 512))


@pytest.mark.parametrize("topology", ["grid", "head"])
def test_passes_lie_on_the_photo_and_hold_metres_normals_and_places(photos, tmp_path, topology):
    head = head_of(photos, topology)
    assert bpy.ops.prnet.face_passes(directory=str(tmp_path)) == {"FINISHED"}
    depth, normals, pncc = (
        pixels(bpy.data.images[f"Head_portrait_0_{name}"]) for name in ("depth.exr", "normals.png", "pncc.png")
    )
    mesh = seen(head)
    nose = np.argmin(np.where(mesh.places[:, 1] > 0, mesh.points[:, 2], np.inf))  # the nearest point
    column, row = np.rint(mesh.places[nose]).astype(int)
    assert depth.shape[:2] == (512, 512)
    assert depth[row, column, 0] == pytest.approx(mesh.points[nose, 2], abs=5e-4)
    assert depth[0, 0, 0] == 1e10
    assert normals[row, column, 2] > 0.9 and (normals[0, 0, :3] == 0).all()
    assert pncc[row, column, 2] > 0.95  # the nose stands out furthest on the mean face as well
    assert {image.colorspace_settings.name for image in bpy.data.images if "_depth" in image.name} == {"Non-Color"}


def test_an_edited_mesh_has_passes_but_no_places_on_the_mean_head(photos, tmp_path):
    head = head_of(photos, "head")
    head.modifiers.new("Subdivision", "SUBSURF").levels = 1
    assert bpy.ops.prnet.face_passes(directory=str(tmp_path)) == {"FINISHED"}
    assert sorted(path.name for path in tmp_path.iterdir()) == [
        "Head_portrait_0_depth.exr",
        "Head_portrait_0_normals.png",
    ]


def test_a_clip_has_sequences(clips, tmp_path):
    scene = bpy.context.scene
    scene.prnet_bake.cache_folder = str(tmp_path / "cache")
    bake(clips, "still_007.png", "still_008.png", "still_009.png")
    (head,) = performances()
    scene.frame_set(3)
    assert bpy.ops.prnet.face_passes(directory=str(tmp_path)) == {"FINISHED"}
    first, last = head["prnet_frames"]
    depth = next(image for image in bpy.data.images if "_depth_" in image.name)
    assert depth.source == "SEQUENCE"
    assert len(list(tmp_path.glob("*_depth_*.exr"))) == last - first + 1
    assert scene.frame_current == 3
