# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: captures a photo as a user does, and checks what comes of it.

Arguments after "--": the photo; the command line's result for it (.npz); a folder of many photos, to stop half-way.
"""

import time
from pathlib import Path

import bpy
import driver
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from face_capture import PATIENCE, begin, ended, heads, press_button, report, started, state
from heartbeat import Heartbeat

PHOTO, TRUTH, CROWD = driver.arguments()


def scenario():
    begin()
    bpy.context.scene.prnet.topology = "grid"  # which the command line writes too: the two are compared
    yield from driver.screenshot("capture-1-tab")
    measured = yield from capture_one_photo()
    yield from look_through_its_camera()
    yield from undo_and_redo()
    measured |= yield from stop_a_job_of_many_photos()
    driver.tell(measured)


def capture_one_photo():
    yield from press_button("prnet.capture")
    yield from driver.choose_file(PHOTO)
    yield from started()
    heartbeat, begun = Heartbeat(), time.monotonic()
    yield from driver.wait_until(lambda: state().text.startswith(PHOTO.name), PATIENCE, "the photo's name on the bar")
    yield from driver.screenshot("capture-2-running")
    yield from ended()
    heartbeat.beating, seconds = False, time.monotonic() - begun
    assert not report(), report()
    (head,) = heads()
    return {"error": check_head(head), "seconds": seconds, "stall": heartbeat.longest}


def look_through_its_camera():
    view = driver.area_of("VIEW_3D").spaces.active
    yield from press_button("prnet.look_through")
    yield 1.0
    assert view.region_3d.view_perspective == "CAMERA"
    yield from driver.screenshot("capture-3-captured")


def undo_and_redo():
    """The view through the camera is one step, the capture is another."""
    yield from driver.press("Z", *driver.viewport(), ctrl=True)
    yield from driver.press("Z", *driver.viewport(), ctrl=True)
    yield 1.0
    assert not len(bpy.data.objects) and not bpy.context.scene.collection.children, "left after undo"
    yield from driver.press("Z", *driver.viewport(), ctrl=True, shift=True)
    yield 1.0
    assert len(heads()) == 1, "not there after redo"


def stop_a_job_of_many_photos():
    before = len(heads())
    yield from press_button("prnet.capture")
    yield from driver.choose_files_in(CROWD)
    yield from driver.wait_until(lambda: len(heads()) >= before + 2, PATIENCE, "the crowd's second head")
    pressed = time.monotonic()
    yield from driver.press("ESC", *driver.viewport())
    yield from ended()
    stopped = time.monotonic() - pressed
    yield 0.5
    yield from driver.screenshot("capture-4-stopped")
    return {"stopped": stopped, "crowd": len(heads()) - before}


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


driver.run(scenario)
