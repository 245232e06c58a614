# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel that shows what the network runs on, and why not on something faster."""

import bpy

from ..installation import worker_python
from ..jobs.self_test import ENGINE_NAMES
from ..session import SESSION
from ..worker import WorkerError
from .sidebar import ClosedPanel
from .widgets import ICON_LETTERS, draw_wrapped, line_length


def draw_engine(layout, length: int) -> None:
    """Draw the engine of the running worker, or the Python of the next one, in lines of at most `length` characters."""
    python = worker_python()
    if isinstance(python, WorkerError):
        draw_wrapped(layout, f"{python} {python.remedy}", length, "ERROR")
        return
    hello = SESSION.client.hello
    if hello:
        device = "CPU" if hello["device"] == "cpu" else hello["device"]
        layout.label(text=f"{device}, {ENGINE_NAMES.get(hello['engine'], hello['engine'])}", icon="CHECKMARK")
        if hello["reason"]:
            draw_wrapped(layout, hello["reason"], length, "INFO")
    else:
        layout.label(text=f"Starts with the next job, on the Python of {python.origin}", icon="CHECKMARK")
    if python.note:
        draw_wrapped(layout, python.note, length, "ERROR")


class PRNET_PT_engine(ClosedPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_engine"
    bl_label = "Engine"
    bl_order = 5

    def draw(self, context):
        draw_engine(self.layout, line_length(context) - ICON_LETTERS)
        row = self.layout.row(align=True)
        row.operator("prnet.self_test", icon="PLAY")
        row.operator("prnet.open_preferences", icon="PREFERENCES", text="Preferences")
