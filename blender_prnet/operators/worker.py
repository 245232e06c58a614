# SPDX-License-Identifier: GPL-3.0-or-later
"""Looking after the worker: preferences, self-test, log."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..installation import CLIENT, PACKAGE, log_path, worker_setup
from ..settings.capture import ENGINE_NAMES
from ..worker import WorkerError
from .modal import WaitsForWorker, redraw


class PRNET_OT_open_preferences(bpy.types.Operator):
    bl_idname = "prnet.open_preferences"
    bl_label = "Open Preferences"
    bl_description = "Show where the worker's Python is chosen"

    def execute(self, _context):
        return bpy.ops.preferences.addon_show(module=PACKAGE)


class PRNET_OT_self_test(WaitsForWorker, bpy.types.Operator):
    bl_idname = "prnet.self_test"
    bl_label = "Self-Test"
    bl_description = "Start the worker and measure how long a face takes on the CPU and, where there is one, on the GPU"

    _job = None

    def execute(self, context):
        self._speeds = []
        context.window_manager.prnet.self_test = ""
        try:
            self._job = CLIENT.job(worker_setup(), {"type": "self_test"})
        except WorkerError as error:
            return self.conclude(context, error)
        return self.begin(context)

    def advance(self, _context):
        self._speeds += [message for message, _ in self._job.pump() if message["type"] == "speed"]
        return self._job.finished

    def stop(self):
        self._job.cancel()

    def abandon(self):
        self._job.abandon()

    def conclude(self, context, error):
        if error:
            text = f"{error} {error.remedy}".strip()
        else:
            hello = CLIENT.hello
            lines = [
                rpt_("Version {} on Python {} works.").format(hello["version"], hello["python"]),
                *map(in_words, self._speeds),
            ]
            text = "\n".join(lines)
        self.report({"ERROR" if error else "INFO"}, text.replace("\n", " "))
        context.window_manager.prnet.self_test = text
        redraw(context)
        return {"CANCELLED"} if error else {"FINISHED"}


def in_words(speed):
    """A speed message of the worker."""
    if "error" in speed:
        return f"{speed['device']}: {speed['error']}."
    engine = ENGINE_NAMES.get(speed["engine"], speed["engine"])
    return rpt_("{} ({}): {:.1f} ms per face.").format(speed["device"], engine, speed["ms"])


class PRNET_OT_open_log(bpy.types.Operator):
    bl_idname = "prnet.open_log"
    bl_label = "Open Log"
    bl_description = "Open the worker's log file"

    @classmethod
    def poll(cls, _context):
        return log_path().is_file()

    def execute(self, _context):
        return bpy.ops.wm.path_open(filepath=str(log_path()))
