# SPDX-License-Identifier: GPL-3.0-or-later
"""Live capture: start and stop it, take the present face as neutral, record takes."""

import os

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..jobs.live import CamerasJob, LiveJob
from ..scene.live import LivePuppet, forget_picture
from ..session import SESSION
from .progress import BlenderScreen
from .running import RunsJob


class PRNET_OT_live(RunsJob, bpy.types.Operator):
    bl_idname = "prnet.live"
    bl_label = "Live"
    bl_description = "Move the character as the person before the camera moves. The camera is on until Esc or Stop"
    bl_options = {"UNDO"}

    def execute(self, context):
        settings = context.scene.prnet_live
        if settings.source == "clip":
            path = bpy.path.abspath(settings.clip)
            if not os.path.isfile(path):
                self.report({"ERROR"}, rpt_("There is no clip {}: choose one under Clip").format(path))
                return {"CANCELLED"}
            source = {"path": path}
        else:
            source = {"camera": settings.camera, "keep": bpy.path.abspath(settings.keep)}
        SESSION.live = LivePuppet(context.scene)
        options = {"model": settings.model}
        screen = BlenderScreen(self)
        return self.run(context, LiveJob(SESSION.request, source, options, settings.pictures, SESSION.live, screen))

    def finish(self, context, outcome):
        SESSION.live = None
        forget_picture()
        return super().finish(context, outcome)

    def cancel(self, context):
        SESSION.live = None
        super().cancel(context)


class ControlsLive:
    """Mixin: a button that is there while Live runs."""

    @classmethod
    def poll(cls, _context):
        return SESSION.live is not None


class PRNET_OT_stop_live(ControlsLive, bpy.types.Operator):
    bl_idname = "prnet.stop_live"
    bl_label = "Stop"
    bl_description = "Switch the camera off. A take that is being recorded is kept"

    def execute(self, _context):
        SESSION.live.stopped = True
        return {"FINISHED"}


class PRNET_OT_calibrate_live(ControlsLive, bpy.types.Operator):
    bl_idname = "prnet.calibrate_live"
    bl_label = "Calibrate"
    bl_description = "Look straight ahead with a relaxed face: it becomes the character's neutral face"

    def execute(self, _context):
        if not SESSION.live.calibrate():
            self.report({"WARNING"}, "Nobody is before the camera")
            return {"CANCELLED"}
        return {"FINISHED"}


class PRNET_OT_record_live(ControlsLive, bpy.types.Operator):
    bl_idname = "prnet.record_live"
    bl_label = "Record"
    bl_description = "Start a take after the countdown, or end it: an action from the present frame on"

    def execute(self, context):
        if SESSION.live.take is None:
            SESSION.live.start_take(context.scene, context.scene.prnet_live.countdown)
        elif text := SESSION.live.end():
            self.report({"INFO"}, text)
        return {"FINISHED"}


class PRNET_OT_list_cameras(RunsJob, bpy.types.Operator):
    bl_idname = "prnet.list_cameras"
    bl_label = "List Cameras"
    bl_description = "Name the cameras of this computer. None is switched on"

    def execute(self, context):
        return self.run(context, CamerasJob(SESSION.request, BlenderScreen(self)))
