# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: a clip plays as the camera and moves a captured head; calibrated, recorded, stopped; an
undo, another operator, a deleted character and another file come in mid-run.

Arguments after "--": the photo; the clip.
"""

import time

import bpy
import driver
from face_capture import begin, finished, heads, open_panels, session, state
from heartbeat import Heartbeat

PHOTO, CLIP = driver.arguments()
MEASURED = 6.0  # seconds over which pictures are counted


def running():
    return session().live is not None


def moved():
    """The values of the head's keys."""
    (head,) = heads()
    return [block.value for block in head.data.shape_keys.key_blocks[1:]]


def start():
    with driver.in_viewport():
        bpy.ops.prnet.live("INVOKE_DEFAULT")
    yield from driver.wait_until(lambda: running() and session().live.pose is not None, 120, "the first answer")


def scenario():
    open_panels(bpy.types.PRNET_PT_live, bpy.types.PRNET_PT_live_strength)
    begin()
    bpy.ops.prnet.capture("EXEC_DEFAULT", directory=str(PHOTO.parent), files=[{"name": PHOTO.name}], preset="draft")
    yield from finished()
    (head,) = heads()
    driver.area_of("VIEW_3D").spaces.active.region_3d.view_perspective = "PERSP"
    with driver.in_viewport():
        bpy.ops.view3d.view_selected()
    settings = bpy.context.scene.prnet_live
    settings.source, settings.clip, settings.target, settings.head = "clip", str(CLIP), head, head
    bpy.ops.ed.undo_push(message="Live settings")
    yield from start()
    measured = yield from measure()
    yield from driver.screenshot("live-1-running")
    bpy.ops.prnet.calibrate_live()
    assert session().live.rest.weights is session().live.pose.weights or session().live.rest.weights.any()
    yield from record()
    yield from driver.press("Z", *driver.viewport(), ctrl=True)
    yield 0.5
    assert running() and len(heads()) == 1, "an undo does nothing in mid-run"
    bpy.ops.prnet.stop_live()
    yield from driver.wait_until(lambda: not running() and not state().running, 30, "the end")
    yield from deleted_in_mid_run()
    yield from start_again_and_open_a_file(measured)


def measure():
    heart, puppet = Heartbeat(), session().live
    times, delays = [], []
    move = puppet.move

    def counted(pose, picture):
        move(pose, picture)
        times.append(time.monotonic())
        if pose:
            delays.append(pose.delay)

    puppet.move = counted
    yield MEASURED
    puppet.move, heart.beating = move, False
    assert len(set(map(tuple, [moved()]))) == 1 and any(value > 0 for value in moved())
    delays.sort()
    return {
        "rate": (len(times) - 1) / (times[-1] - times[0]),
        "delay": delays[len(delays) // 2],
        "late": delays[int(0.95 * len(delays))],
        "stall": heart.longest,
    }


def record():
    bpy.context.scene.prnet_live.countdown = 0.2
    bpy.ops.prnet.record_live()
    yield 2.0
    assert len(session().live.take) > 0
    bpy.ops.prnet.record_live()
    assert [action.name for action in bpy.data.actions if action.name.startswith("Take 1 ")]


def deleted_in_mid_run():
    yield from start()
    (head,) = heads()
    bpy.data.objects.remove(head)
    yield 1.0
    assert running(), "a character that is gone stops nothing"
    yield from driver.press("ESC", *driver.viewport())
    yield from driver.wait_until(lambda: not running() and not state().running, 30, "the end by Esc")


def start_again_and_open_a_file(measured):
    yield from start()
    worker = session().client._worker
    driver.tell(measured)
    bpy.ops.wm.read_homefile()
    yield from driver.wait_until(lambda: not running() and not worker.alive, 10, "the camera's worker to end")


driver.run(scenario)
