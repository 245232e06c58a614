# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: bakes a strip as a user does, plays it, stops a bake, kills the worker in one; saves, opens
another file and closes Blender in mid-bake.

Arguments after "--": the clip; the command line's result for it (.performance.npz); a longer clip; a folder for caches.
"""

import os
import time
from pathlib import Path

import bpy
import driver
import face_capture
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from face_capture import PATIENCE, TAB, begin, ended, module, press_button, put_strip, report, session, started, state
from heartbeat import Heartbeat

CLIP, TRUTH, LONG_CLIP, CACHES = driver.arguments()
START = 31  # scene frame of the strip
SAVED = CACHES.with_name("shot.blend")
LONG = 60  # frames of the longer clip


def offer():
    return bpy.context.window_manager.prnet_bake.offer


def settings():
    return bpy.context.scene.prnet_bake


def heads():
    return face_capture.heads("prnet_performance")


def scenario():
    begin()
    put_strip(CLIP, START)
    bpy.ops.ed.undo_push(message="Strip")
    set_up()
    measured = yield from bake_the_strip()
    measured |= yield from play()
    yield from undo_and_redo()
    yield from stop_half_way()
    yield from kill_the_worker()
    yield from save_in_mid_bake()
    yield from open_another_file_in_mid_bake()
    yield from close_in_mid_bake(measured)


def set_up():
    settings().cache_folder = str(CACHES / "first")
    settings().smoothing = 0
    settings().result = "compact"  # the landmarks are compared on the surface as it was captured
    bpy.context.scene.render.fps = 24


def press_bake():
    yield from press_button("prnet.bake")
    yield from started()


def bake_the_strip():
    yield from press_bake()
    heartbeat, begun = Heartbeat(), time.monotonic()
    yield from ended()
    heartbeat.beating, seconds = False, time.monotonic() - begun
    assert not report(), report()
    (head,) = heads()
    yield 1.0
    assert driver.area_of("VIEW_3D").spaces.active.shading.color_type == "TEXTURE"
    yield from driver.screenshot("bake-1-baked")
    return {"seconds": seconds, "stall": heartbeat.longest, "error": check(head)}


def check(head):
    """The largest distance in pixels, over all frames, of a landmark as the camera sees it and as the worker saw it."""
    truth = np.load(TRUTH)
    layout = np.load(Path(module("installation").__file__).parents[1] / "nets/weights/compact/layout.npz")
    row, column = layout["landmarks"].T
    wanted = np.stack([(column + 0.5) / 256, 1 - (row + 0.5) / 256], 1)
    uv = np.empty((len(head.data.loops), 2), np.float32)
    head.data.uv_layers[0].uv.foreach_get("vector", uv.ravel())
    corner = np.empty(len(uv), np.int32)
    head.data.loops.foreach_get("vertex_index", corner)
    vertices = [int(corner[np.abs(uv - place).max(1).argmin()]) for place in wanted]

    scene, camera = bpy.context.scene, bpy.context.scene.camera
    width, height = head["prnet_image_size"]
    assert list(head["prnet_frames"]) == [START, START + len(truth["frame"]) - 1]
    errors = []
    for frame, landmarks in zip(truth["frame"], truth["landmarks68"], strict=True):
        scene.frame_set(START + int(frame))
        shown = head.evaluated_get(bpy.context.evaluated_depsgraph_get())
        seen = [world_to_camera_view(scene, camera, shown.matrix_world @ shown.data.vertices[v].co) for v in vertices]
        pixels = np.array([[x * width - 0.5, (1 - y) * height - 0.5] for x, y, _ in seen])
        errors.append(np.linalg.norm(pixels - landmarks[:, :2], axis=1).max())
    return float(max(errors))


def play():
    scene = bpy.context.scene
    scene.frame_set(START)
    with driver.in_viewport():
        bpy.ops.screen.animation_play()
    yield from driver.wait_until(lambda: scene.frame_current >= START + 3, PATIENCE, "the animation to play")
    yield from driver.screenshot("bake-2-playing")
    with driver.in_viewport():
        bpy.ops.screen.animation_cancel(restore_frame=False)
    user = scene.camera.data.background_images[0].image_user
    return {"backdrop": scene.frame_current - user.frame_start + user.frame_offset - (scene.frame_current - START)}


def undo_and_redo():
    yield from driver.press("Z", *driver.viewport(), ctrl=True)
    yield 1.0
    assert not heads() and not bpy.data.actions and not bpy.context.scene.collection.children, "left after undo"
    yield from driver.press("Z", *driver.viewport(), ctrl=True, shift=True)
    yield 1.0
    assert len(heads()) == 1, "not there after redo"


def stop_half_way():
    """The preview shows; Esc; what is done can be built."""
    put_strip(LONG_CLIP)
    bpy.ops.prnet.apply_preset(kind="video", preset="draft")  # from here on it is not about the mesh
    settings().cache_folder = str(CACHES / "second")
    before = len(heads())
    yield from press_bake()
    yield from driver.wait_until(lambda: session().preview.icon, PATIENCE, "the preview")
    picture = driver.start_screenshot("bake-3-running")
    yield from driver.press("ESC", *driver.viewport())
    yield from ended()
    assert offer() and len(heads()) == before
    assert picture.wait() == 0
    yield 0.5
    yield from driver.screenshot("bake-4-stopped")
    yield from press_button("prnet.build_tracked")
    yield from driver.wait_until(lambda: len(heads()) > before, PATIENCE, "the head of what is done")
    assert not offer()


def kill_the_worker():
    """The window lives, says what happened, and the bake goes on from where it was."""
    settings().cache_folder = str(CACHES / "third")
    before = len(heads())
    yield from press_bake()
    yield from some_frames()
    os.kill(session().client._worker.pid, 9)
    yield from ended()
    assert offer() and [line.status for line in state().report] == ["worker"]
    yield 0.5
    yield from driver.screenshot("bake-5-killed")
    bpy.context.view_layer.objects.active = None  # a head's own panels would push the button out of the window
    yield 0.5
    yield from press_button("prnet.resume_bake")
    yield from started()
    yield from ended()
    assert len(heads()) == before + 1, report()


def save_in_mid_bake():
    before = len(heads())
    yield from start_bake("fourth")
    bpy.ops.wm.save_as_mainfile(filepath=str(SAVED))
    assert state().running
    yield from ended()
    assert len(heads()) == before + 1, report()
    assert tracked() > 0.9 * LONG


def open_another_file_in_mid_bake():
    """The bake ends; what was tracked is kept for the next one, which runs as ever."""
    yield from start_bake("fifth")
    folder = settings().cache_folder
    with bpy.context.temp_override(window=driver.window()):
        bpy.ops.wm.open_mainfile(filepath=str(SAVED))
    assert not state().running and bpy.data.filepath == str(SAVED)
    settings().cache_folder = folder
    yield 1.0
    kept, before = tracked(), len(heads())
    yield 1.0
    assert kept > 3 and tracked() == kept
    driver.open_tab(TAB)
    yield from press_bake()
    yield from ended()
    assert len(heads()) == before + 1, report()


def close_in_mid_bake(measured):
    yield from start_bake("sixth")
    worker = session().client._worker.pid
    driver.tell({**measured, "worker": worker})
    bpy.ops.wm.quit_blender()
    yield PATIENCE
    raise AssertionError("Blender did not close")


def start_bake(cache):
    """Of the long clip, until some frames are tracked."""
    settings().cache_folder = str(CACHES / cache)
    yield from press_bake()
    yield from some_frames()


def some_frames():
    yield from driver.wait_until(lambda: tracked() > 3, PATIENCE, "some frames")


def tracked():
    """Frames that the bake that runs has kept on disk, more or less."""
    kept = list(Path(settings().cache_folder).glob("*/frames.bin"))
    return kept[0].stat().st_size // 1800 if kept else 0


driver.run(scenario)
