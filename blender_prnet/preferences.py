# SPDX-License-Identifier: GPL-3.0-or-later
"""The extension's preferences: where the worker's Python is, and whether it works."""

import textwrap

import bpy
from bpy.props import StringProperty

from .client import WorkerError
from .installation import PACKAGE, find_python


class PRNetPreferences(bpy.types.AddonPreferences):
    bl_idname = PACKAGE

    worker_python: StringProperty(
        name="Worker's Python",
        description="A Python that has the worker's packages (requirements/worker.txt); empty: look for one",
        subtype="FILE_PATH",
    )

    def draw(self, context):
        layout = self.layout
        layout.prop(self, "worker_python")
        try:
            python = find_python()
            layout.label(text=f"In use: {python.path}, from {python.origin}", icon="CHECKMARK")
        except WorkerError as error:
            layout.label(text=str(error), icon="ERROR")
        row = layout.row()
        row.operator("prnet.check_worker", icon="PLAY")
        row.operator("prnet.open_log", icon="TEXT")
        for line in textwrap.wrap(context.window_manager.prnet.worker_info, 90):
            layout.label(text=line)


CLASSES = (PRNetPreferences,)
