# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network runs on, and why not on something quicker: a sub-panel, and the same lines in the preferences."""

import bpy

from ..installation import CLIENT, find_python
from ..settings.capture import ENGINE_NAMES
from ..worker import WorkerError
from .capture_panels import CaptureSubPanel, characters, draw_text


def draw_engine(layout, characters):
    """Lines of so many characters: the engine of the running worker, or the Python that the next one will have."""
    hello = CLIENT.hello
    try:
        python = find_python()
    except WorkerError as error:
        draw_text(layout, f"{error} {error.remedy}", characters, "ERROR")
        return
    if hello:
        device = "CPU" if hello["device"] == "cpu" else hello["device"]
        layout.label(text=f"{device}, {ENGINE_NAMES.get(hello['engine'], hello['engine'])}", icon="CHECKMARK")
        if hello["reason"]:
            draw_text(layout, hello["reason"], characters, "INFO")
    else:
        layout.label(text=f"Starts with the next job, on {python.origin}'s Python", icon="CHECKMARK")
    if python.note:
        draw_text(layout, python.note, characters, "ERROR")


class PRNET_PT_engine(CaptureSubPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_engine"
    bl_label = "Engine"
    bl_order = 10

    def draw(self, context):
        draw_engine(self.layout, max(characters(context) - 6, 10))
        row = self.layout.row(align=True)
        row.operator("prnet.self_test", icon="PLAY")
        row.operator("prnet.open_preferences", icon="PREFERENCES", text="Preferences")


CLASSES = (PRNET_PT_engine,)
