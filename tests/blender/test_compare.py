# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip next to the head that plays it, and where the face was seen badly."""

import bpy
import numpy as np

from blender_prnet.data.comparison import compared, weak_ranges
from blender_prnet.scene.camera import camera_of


def test_a_strip_shows_each_frame_of_the_clip_above_the_head(head, tmp_path):
    scene = bpy.context.scene
    scene.render.engine, scene.cycles.samples = "CYCLES", 1
    path, before = tmp_path / "strip.png", (scene.frame_current, scene.render.filepath, scene.camera)
    assert bpy.ops.prnet.compare(filepath=str(path), height=64, frames="2, 15, 900") == {"FINISHED"}
    assert (scene.frame_current, scene.render.filepath, scene.camera) == before
    image = bpy.data.images.load(str(path))
    assert tuple(image.size) == (128, 128)
    pixels = np.array(image.pixels).reshape(128, 128, 4)[::-1, :, :3]
    clip, shown = pixels[:64], pixels[64:]
    face = np.s_[20:40, 20:40]
    assert np.abs(clip[face] - shown[face]).mean() < 0.2  # the head lies where the clip shows it
    assert np.ptp(shown[:4, :4].reshape(-1, 3), 0).max() < 0.02  # and nothing is behind it
    bpy.ops.prnet.show_clip(view="BESIDE")
    background = camera_of(head).data.background_images[0]
    assert background.offset[0] == -1
    bpy.ops.prnet.show_clip(view="WIPED")
    assert scene.prnet_overlay.wiped and background.offset[0] == 0
    bpy.ops.prnet.show_clip(view="BEHIND")
    assert not scene.prnet_overlay.wiped and background.offset[0] == 0 and background.display_depth == "BACK"


def test_a_wiped_picture_is_half_of_each():
    clip, head = np.full((8, 16, 3), 200, np.uint8), np.zeros((8, 16, 4), np.uint8)
    head[:, 12:] = (10, 20, 30, 255)
    wiped = compared(clip, head, "wiped")
    assert (wiped[:, :7] == 200).all() and (wiped[:, 9:12] == 200).all() and (wiped[:, 12:] == (10, 20, 30)).all()
    assert (compared(clip, head, "wiped", 1.0)[:, :14] == 200).all()
    assert (compared(clip, head, "wiped", 0.0)[:, 12:] == (10, 20, 30)).all()
    assert compared(clip, head, "above").shape == (16, 16, 3) and compared(clip, head, "beside").shape == (8, 32, 3)


def test_weak_ranges_are_those_far_below_the_usual():
    time = np.arange(60) / 2 + 100
    confidence = 0.95 + 0.01 * np.sin(np.arange(60))
    assert weak_ranges(time, confidence) == []
    confidence[10:14], confidence[40] = 0.8, 0
    assert weak_ranges(time, confidence) == [(105.0, 106.5), (120.0, 120.0)]
