# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking after the worker: preferences, check, log."""

import bpy

from ..client import WorkerError
from ..installation import CLIENT, PACKAGE, log_path, worker_setup
from .modal import WaitsForWorker, redraw


class PRNET_OT_open_preferences(bpy.types.Operator):
    bl_idname = "prnet.open_preferences"
    bl_label = "Open Preferences"
    bl_description = "Show where the worker's Python is chosen"

    def execute(self, _context):
        return bpy.ops.preferences.addon_show(module=PACKAGE)


class PRNET_OT_check_worker(WaitsForWorker, bpy.types.Operator):
    bl_idname = "prnet.check_worker"
    bl_label = "Check Worker"
    bl_description = "Start the worker and show its greeting"

    def execute(self, context):
        context.window_manager.prnet.worker_info = ""
        try:
            self._worker = CLIENT.worker(worker_setup())
        except WorkerError as error:
            return self.conclude(context, error)
        return self.begin(context)

    def advance(self, _context):
        self._worker.receive()
        return self._worker.hello is not None

    def stop(self):
        self._worker.kill()

    def abandon(self):
        self._worker.kill()

    def conclude(self, context, error):
        if error:
            text = f"{error} {error.remedy}".strip()
            self.report({"ERROR"}, text)
        else:
            hello = self._worker.hello
            text = (
                f"Ready: version {hello['version']}, Python {hello['python']}, engine {hello['engine']} "
                f"on {hello['device']}, models {', '.join(hello['models']) or 'none'}"
            )
            self.report({"INFO"}, text)
        context.window_manager.prnet.worker_info = text
        redraw(context)
        return {"CANCELLED"} if error else {"FINISHED"}


class PRNET_OT_open_log(bpy.types.Operator):
    bl_idname = "prnet.open_log"
    bl_label = "Open Log"
    bl_description = "Open the worker's log file"

    @classmethod
    def poll(cls, _context):
        return log_path().is_file()

    def execute(self, _context):
        return bpy.ops.wm.path_open(filepath=str(log_path()))
