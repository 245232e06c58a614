# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: imports a folder of photos as a user does, undoes and redoes it, then stops an import half
way and resumes it.

Arguments after "--": the folder; how many photos it holds; how many other files; a folder to stop in; a file to write
the measurements to.
"""

import json
import sys
import time
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))

import driver
from heartbeat import Heartbeat

FOLDER, PHOTOS, OTHERS, SECOND, MEASUREMENTS = sys.argv[sys.argv.index("--") + 1 :]
JOB_SECONDS = 3000
PATIENCE = 300  # seconds; machines that test are busy machines


def state():
    return bpy.context.window_manager.prnet


def heads():
    return [thing for thing in bpy.data.objects if "prnet_source" in thing]


def viewport():
    return driver.middle(driver.region_of(driver.area_of("VIEW_3D"), "WINDOW"))


def scenario():
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.collections])
    bpy.ops.ed.undo_push(message="Empty scene")
    open_panel()
    yield from driver.open_tab("Face Capture")
    measured = yield from import_it()
    measured |= yield from undo_and_redo()
    yield from stop_and_resume()
    Path(MEASUREMENTS).write_text(json.dumps(measured))


def open_panel():
    panel = bpy.types.PRNET_PT_folder
    bpy.utils.unregister_class(panel)
    panel.bl_options = set()
    bpy.utils.register_class(panel)


def press_import(folder):
    bpy.context.scene.prnet_folder.folder = str(folder)
    yield 2.0
    button = yield from driver.find_button("prnet.import_folder")
    yield from driver.click(*button)
    yield from driver.wait_until(lambda: state().running, PATIENCE, "the import to start")


def import_it():
    bpy.ops.prnet.apply_preset(kind="photo", preset="draft")
    bpy.context.scene.prnet_folder.folder = FOLDER
    yield 2.0
    yield from driver.screenshot("folder-1-asked")
    yield from press_import(FOLDER)
    heartbeat, started = Heartbeat(), time.monotonic()
    yield from driver.wait_until(lambda: len(heads()) > int(PHOTOS) // 2, JOB_SECONDS, "half of the heads")
    picture = driver.start_screenshot("folder-2-running")
    yield from driver.wait_until(lambda: not state().running, JOB_SECONDS, "the import to end")
    running = heartbeat.longest
    yield 2.0  # with the undo step, and the last drawing
    heartbeat.beating = False
    assert picture.wait() == 0
    yield from driver.screenshot("folder-3-imported")
    failed = bpy.context.window_manager.prnet_folder.failed
    assert len(heads()) == int(PHOTOS), (len(heads()), list(failed.values()))
    assert len(failed) == int(OTHERS)
    return {"seconds": time.monotonic() - started, "stall": running, "stall with undo step": heartbeat.longest}


def undo_and_redo():
    heartbeat = Heartbeat()
    yield from driver.press("Z", *viewport(), ctrl=True)
    yield from driver.wait_until(lambda: not heads(), PATIENCE, "the undo")
    assert not any(image.packed_file for image in bpy.data.images), "left after undo"
    assert not bpy.context.scene.collection.children, "left after undo"
    undo, heartbeat.longest = heartbeat.longest, 0.0
    yield from driver.press("Z", *viewport(), ctrl=True, shift=True)
    yield from driver.wait_until(lambda: len(heads()) == int(PHOTOS), PATIENCE, "the redo")
    yield 1.0
    heartbeat.beating = False
    return {"undo": undo, "redo": heartbeat.longest}


def stop_and_resume():
    before, wanted = len(heads()), len(list(Path(SECOND).iterdir()))
    yield from press_import(SECOND)
    yield from driver.wait_until(lambda: len(heads()) >= before + 2, JOB_SECONDS, "the second head")
    yield from driver.press("ESC", *viewport())
    yield from driver.wait_until(lambda: not state().running, PATIENCE, "the import to stop")
    assert before + 2 <= len(heads()) < before + wanted
    yield 0.5
    yield from driver.screenshot("folder-4-stopped")
    yield from driver.click(*(yield from driver.find_button("prnet.resume_folder")))
    yield from driver.wait_until(lambda: state().running, PATIENCE, "the import to go on")
    yield from driver.wait_until(lambda: not state().running, JOB_SECONDS, "the import to end")
    assert len(heads()) == before + wanted


driver.run(scenario)
