# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's self-test, its log and its preferences."""

import bpy

from ..installation import PACKAGE, log_path
from ..jobs.self_test import SelfTestJob
from ..session import SESSION
from .progress import BlenderScreen
from .running import RunsJob


class PRNET_OT_open_preferences(bpy.types.Operator):
    bl_idname = "prnet.open_preferences"
    bl_label = "Open Preferences"
    bl_description = "Show where the worker's Python is chosen"

    def execute(self, _context):
        return bpy.ops.preferences.addon_show(module=PACKAGE)


class PRNET_OT_self_test(RunsJob, bpy.types.Operator):
    bl_idname = "prnet.self_test"
    bl_label = "Self-Test"
    bl_description = "Start the worker and measure how long a face takes on the CPU and, where there is one, on the GPU"

    def execute(self, context):
        context.window_manager.prnet.self_test = ""
        return self.run(context, SelfTestJob(SESSION.request, BlenderScreen(self)))

    def finish(self, context, outcome):
        context.window_manager.prnet.self_test = outcome.text
        return super().finish(context, outcome)


class PRNET_OT_open_log(bpy.types.Operator):
    bl_idname = "prnet.open_log"
    bl_label = "Open Log"
    bl_description = "Open the worker's log file"

    @classmethod
    def poll(cls, _context):
        return log_path().is_file()

    def execute(self, _context):
        return bpy.ops.wm.path_open(filepath=str(log_path()))
