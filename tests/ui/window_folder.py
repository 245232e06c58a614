# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: imports a folder of photos as a user does, undoes and redoes it, then stops an import half
way and resumes it.

Arguments after "--": the folder; a folder to stop in.
"""

import time

import bpy
import driver
from face_capture import PATIENCE, begin, ended, heads, open_panels, press_button, started
from heartbeat import Heartbeat

FOLDER, SECOND = driver.arguments()
PHOTOS = len(list(FOLDER.glob("*.png")))
OTHERS = len(list(FOLDER.iterdir())) - PHOTOS


def scenario():
    open_panels(bpy.types.PRNET_PT_folder)
    begin()
    measured = yield from import_it()
    measured |= yield from undo_and_redo()
    yield from stop_and_resume()
    yield from look_at_one()
    driver.tell(measured)


def ask_about(folder):
    bpy.context.view_layer.objects.active = None  # the panel of a head would be above, and the button out of sight
    bpy.context.scene.prnet_folder.folder = str(folder)
    yield 2.0  # until the panel says what it will take, above the button


def press_import():
    yield from press_button("prnet.import_folder")
    yield from started()


def import_it():
    bpy.ops.prnet.apply_preset(kind="photo", preset="draft")
    yield from ask_about(FOLDER)
    yield from driver.screenshot("folder-1-asked")
    yield from press_import()
    heartbeat, begun = Heartbeat(), time.monotonic()
    yield from driver.wait_until(lambda: len(heads()) > PHOTOS // 2, PATIENCE, "half of the heads")
    picture = driver.start_screenshot("folder-2-running")
    yield from ended()
    running = heartbeat.longest
    yield 2.0  # with the undo step, and the last drawing
    heartbeat.beating = False
    assert picture.wait() == 0
    yield from driver.screenshot("folder-3-imported")
    failed = bpy.context.window_manager.prnet_folder.failed
    assert len(heads()) == PHOTOS, (len(heads()), list(failed.values()))
    assert len(failed) == OTHERS
    return {"seconds": time.monotonic() - begun, "stall": running, "stall with undo step": heartbeat.longest}


def undo_and_redo():
    heartbeat = Heartbeat()
    yield from driver.press("Z", *driver.viewport(), ctrl=True)
    yield from driver.wait_until(lambda: not heads(), PATIENCE, "the undo")
    assert not any(image.packed_file for image in bpy.data.images), "left after undo"
    assert not bpy.context.scene.collection.children, "left after undo"
    undo, heartbeat.longest = heartbeat.longest, 0.0
    yield from driver.press("Z", *driver.viewport(), ctrl=True, shift=True)
    yield from driver.wait_until(lambda: len(heads()) == PHOTOS, PATIENCE, "the redo")
    yield 1.0
    heartbeat.beating = False
    return {"undo": undo, "redo": heartbeat.longest}


def stop_and_resume():
    before, wanted = len(heads()), len(list(SECOND.iterdir()))
    yield from ask_about(SECOND)
    yield from press_import()
    yield from stop_after(before + 2)
    stopped = len(heads())
    assert stopped < before + wanted
    yield 0.5
    yield from driver.screenshot("folder-4-stopped")
    yield from press_button("prnet.resume_folder")
    yield from started()
    yield from stop_after(stopped + 2)
    sources = [head["prnet_source"] for head in heads()]
    assert len(set(sources)) == len(sources), "imported twice"


def look_at_one():
    """Through its camera, which would see its neighbours in the grid: the view leaves them out."""
    view, head = driver.area_of("VIEW_3D").spaces.active, heads()[0]
    bpy.context.view_layer.objects.active = head
    yield from press_button("prnet.look_through")
    yield 1.0
    yield from driver.screenshot("folder-5-one")
    assert view.region_3d.view_perspective == "CAMERA"
    graph = bpy.context.evaluated_depsgraph_get()
    assert [thing for thing in heads() if thing.evaluated_get(graph).local_view_get(view)] == [head]


def stop_after(count):
    """By Esc, once there are so many heads."""
    yield from driver.wait_until(lambda: len(heads()) >= count, PATIENCE, f"{count} heads")
    yield from driver.press("ESC", *driver.viewport())
    yield from ended()


driver.run(scenario)
