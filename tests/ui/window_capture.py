# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: captures a photo as a user does, and checks what comes of it.

Arguments after "--": the photo; the command line's result for it (.npz); a folder of many photos, to stop half-way; a
file to write the measurements to.
"""

import json
import sys
import time
from pathlib import Path

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view

sys.path.insert(0, str(Path(__file__).parent))

import driver
from heartbeat import Heartbeat

PHOTO, TRUTH, CROWD, MEASUREMENTS = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :])
JOB_SECONDS = 120
PATIENCE = 30  # seconds; machines that test are busy machines


def state():
    return bpy.context.window_manager.prnet


def heads():
    return [thing for thing in bpy.data.objects if "prnet_source" in thing]


def scenario():
    empty_the_scene()
    yield from driver.open_tab("Face Capture")
    yield from driver.screenshot("1-tab")
    measured = yield from capture_one_photo()
    yield from look_through_its_camera()
    yield from undo_and_redo()
    measured |= yield from stop_a_job_of_many_photos()
    MEASUREMENTS.write_text(json.dumps(measured))


def capture_one_photo():
    yield from driver.click(*(yield from driver.find_button("prnet.capture")))
    yield from driver.choose_file(PHOTO)
    yield from driver.wait_until(lambda: state().running, PATIENCE, "the job to start")
    heartbeat, started = Heartbeat(), time.monotonic()
    yield from driver.wait_until(lambda: state().text == PHOTO.name, JOB_SECONDS, "the photo's name on the bar")
    yield from driver.screenshot("2-running")
    yield from driver.wait_until(lambda: not state().running, JOB_SECONDS, "the job to end")
    heartbeat.beating, seconds = False, time.monotonic() - started
    assert not list(state().report), [line.message for line in state().report]
    (head,) = heads()
    return {"error": check_head(head), "seconds": seconds, "stall": heartbeat.longest}


def look_through_its_camera():
    view = driver.area_of("VIEW_3D").spaces.active
    view.shading.color_type = "TEXTURE"
    yield from driver.click(*(yield from driver.find_button("prnet.look_through")))
    yield 1.0
    assert view.region_3d.view_perspective == "CAMERA"
    yield from driver.screenshot("3-captured")


def undo_and_redo():
    """The view through the camera is one step, the capture is another."""
    place = driver.middle(driver.region_of(driver.area_of("VIEW_3D"), "WINDOW"))
    yield from driver.press("Z", *place, ctrl=True)
    yield from driver.press("Z", *place, ctrl=True)
    yield 1.0
    assert not len(bpy.data.objects) and not bpy.context.scene.collection.children, "left after undo"
    yield from driver.press("Z", *place, ctrl=True, shift=True)
    yield 1.0
    assert len(heads()) == 1, "not there after redo"


def stop_a_job_of_many_photos():
    before = len(heads())
    yield from driver.click(*(yield from driver.find_button("prnet.capture")))
    yield from driver.choose_files_in(CROWD)
    yield from driver.wait_until(lambda: len(heads()) >= before + 2, JOB_SECONDS, "the crowd's second head")
    pressed = time.monotonic()
    yield from driver.press("ESC", *driver.middle(driver.region_of(driver.area_of("VIEW_3D"), "WINDOW")))
    yield from driver.wait_until(lambda: not state().running, PATIENCE, "the job to stop")
    stopped = time.monotonic() - pressed
    yield 0.5
    yield from driver.screenshot("4-stopped")
    return {"stopped": stopped, "crowd": len(heads()) - before}


def empty_the_scene():
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.collections])
    bpy.ops.ed.undo_push(message="Empty scene")


def check_head(head):
    """Collection, mesh, texture, camera and photo are there; returns the largest distance in pixels between a vertex as
    the camera sees it and as the command line saw it.
    """
    (collection,) = head.users_collection
    (camera,) = (thing for thing in collection.objects if thing.type == "CAMERA")
    assert bpy.context.scene.camera == camera
    (background,) = camera.data.background_images
    assert Path(bpy.path.abspath(background.image.filepath)) == PHOTO and camera.data.show_background_images
    (material,) = head.data.materials
    (texture,) = (node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE")
    assert texture.packed_file and tuple(texture.size) == (1024, 1024)
    assert head.data.uv_layers and all(len(polygon.vertices) == 4 for polygon in head.data.polygons)

    truth = np.load(TRUTH)
    seen = np.array(
        [world_to_camera_view(bpy.context.scene, camera, head.matrix_world @ v.co)[:2] for v in head.data.vertices]
    )
    width, height = truth["image_size"]
    pixels = np.stack([seen[:, 0] * width - 0.5, (1 - seen[:, 1]) * height - 0.5], 1)
    assert pixels.shape == truth["vertices"][:, :2].shape
    return float(np.linalg.norm(pixels - truth["vertices"][:, :2], axis=1).max())


bpy.context.preferences.view.filebrowser_display_type = "SCREEN"  # in this window, not one of its own
driver.run(scenario)
