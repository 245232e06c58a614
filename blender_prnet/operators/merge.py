# SPDX-License-Identifier: GPL-3.0-or-later
"""Several photos of one person become one head."""

from pathlib import Path

import bpy
from bpy.props import BoolProperty

from ..data.merged_head import MergedHead
from ..installation import CLIENT, worker_setup
from ..interface import printable
from ..scene.camera import camera_of, frame_photo, look_through_camera
from ..scene.head import head_of
from ..scene.merged_head import build_merged_head
from ..worker import WorkerError
from .capture import capture_options, select_only, show_textures
from .file_choice import FOR_SCRIPTS, ChoosesFiles
from .modal import WaitsForWorker, redraw
from .preparing import BUDGET_SECONDS, Preparing
from .report import Tally


class PRNET_OT_merge_photos(ChoosesFiles, WaitsForWorker, bpy.types.Operator):
    bl_idname = "prnet.merge_photos"
    bl_label = "One Head from Photos"
    bl_description = (
        "Choose several photos of one person and make one head of them, truer than from any one alone, "
        "with a camera for every photo"
    )
    bl_options = {"UNDO"}

    filter_image: BoolProperty(default=True, options=FOR_SCRIPTS)

    _job = _merged = None

    def execute(self, context):
        paths = self.chosen()
        if len(paths) < 2:
            self.report({"ERROR"}, "Choose two photos of the person at least")
            return {"CANCELLED"}
        if not self.set_preset(context, "photo"):
            return {"CANCELLED"}
        context.window_manager.prnet.report.clear()
        self._tally = Tally(context.window_manager.prnet.report)
        self._options = capture_options(context.scene.prnet)
        request = {"type": "merge", "paths": [str(path) for path in paths], "options": self._options}
        try:
            self._job = CLIENT.job(worker_setup(), request)
        except WorkerError as error:
            return self.conclude(context, error)
        return self.begin(context)

    def advance(self, context):
        for message, arrays in self._job.pump(BUDGET_SECONDS):
            kind = message["type"]
            if kind == "progress":
                state = context.window_manager.prnet
                state.progress = message["done"] / max(message["total"], 1)
                state.text = printable(Path(message["path"]).name) or "Loading the network"
            elif kind == "input":
                self._tally.note_input(message)
            elif kind == "warning":
                self._tally.note("One head", "warning", message["message"])
            elif kind == "head":
                seen = self._options["model"], self._job.worker.hello["engine"]
                self._merged = Preparing.start(MergedHead.from_message, message, arrays, *seen)
        if not self._job.finished or (self._merged and not self._merged.done()):
            return False
        if self._merged:
            self._build(context, self._merged.result())
        return True

    def stop(self):
        self._job.cancel()

    def abandon(self):
        self._job.abandon()

    def conclude(self, context, error):
        if error:
            self._tally.note_worker(error)
        redraw(context)
        level, text = self._tally.summary(cancelled=self._job is not None and self._job.cancelled)
        self.report({level}, text)
        return {"FINISHED"} if self._tally.heads else {"CANCELLED"}

    def _build(self, context, merged):
        head = head_of(build_merged_head(context.scene, merged, context.scene.prnet_overlay.colours))
        show_textures(context)
        if context.scene.prnet.frame_photo:
            frame_photo(context.scene, camera_of(head), merged.image_sizes[0])
            look_through_camera(context)
        select_only(context, head)
        self._tally.heads += 1
