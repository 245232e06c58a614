# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel of live capture."""

import bpy

from ..data.gain import GROUPS
from ..session import SESSION
from .preset_menu import draw_presets
from .sidebar import ClosedPanel
from .widgets import settings_column


class PRNET_PT_live(ClosedPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_live"
    bl_label = "Live"
    bl_order = 3

    def draw(self, context):
        layout, settings, puppet = self.layout, context.scene.prnet_live, SESSION.live
        if puppet is None:
            layout.operator("prnet.live", icon="OUTLINER_OB_CAMERA")
        else:
            lamp = layout.box().row()
            lamp.alert = True  # red: the camera is on
            lamp.label(text="The camera is on" if settings.source == "camera" else "The clip plays", icon="REC")
            lamp.label(text=context.window_manager.prnet.text, translate=False)
            buttons = layout.column(align=True)
            buttons.operator("prnet.stop_live", icon="PAUSE")
            buttons.operator("prnet.calibrate_live", icon="USER")
            buttons.operator(
                "prnet.record_live", icon="REC", depress=puppet.take is not None,
                text="Record" if puppet.take is None else "End the Take",
            )  # fmt: skip
        column = settings_column(layout)
        column.prop(settings, "source")
        if settings.source == "camera":
            row = column.row(align=True)
            row.prop(settings, "camera")
            row.operator("prnet.list_cameras", text="", icon="VIEWZOOM")
            column.prop(settings, "keep")
        else:
            column.prop(settings, "clip")
        column.prop(settings, "target")
        column.prop(settings, "head")
        if settings.head and settings.head.type == "ARMATURE":
            column.prop_search(settings, "bone", settings.head.pose, "bones")
        column.prop(settings, "mirror")
        column.prop(settings, "pictures")
        column.prop(settings, "countdown")
        column.prop(settings, "model")


class PRNET_PT_live_strength(ClosedPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_live_strength"
    bl_label = "Strength"
    bl_parent_id = "PRNET_PT_live"

    def draw(self, context):
        settings = context.scene.prnet_live
        draw_presets(self.layout, "live", settings)
        column = self.layout.column(align=True)
        for group in GROUPS:
            row = column.row(align=True)
            row.prop(settings, group)
            row.prop(settings, f"{group}_offset")
