# SPDX-License-Identifier: GPL-3.0-or-later
"""The capture panels in the sidebars of the 3D View and the Image Editor."""

import bpy

from ..settings.capture import ITERATING_MODEL
from .preset_menu import draw_presets
from .sidebar import SidebarPanel
from .widgets import draw_lens, draw_progress, draw_report, line_length, settings_column

PHOTOS_SHARE = 0.68  # of the row that makes one head: there is no room for a row more in a window 900 pixels high


class CapturePanel(SidebarPanel):
    """Mixin: draws the buttons, then the progress or the last report. operator: captures what the editor is for"""

    def draw(self, context):
        layout, state, settings = self.layout, context.window_manager.prnet, context.scene.prnet
        buttons = layout.column(align=True)
        first = buttons.row(align=True)
        first.scale_y = 1.6
        first.operator(self.operator, icon="USER")
        if self.bl_space_type == "VIEW_3D":
            one_head = buttons.split(factor=PHOTOS_SHARE, align=True)
            one_head.operator("prnet.merge_photos", icon="COMMUNITY")
            one_head.operator("prnet.merge_clip", text="or a Clip")
        draw_presets(layout, "photo", settings)
        if state.running:
            draw_progress(layout, state)
        else:
            draw_report(layout, state.report, line_length(context))


class PRNET_PT_capture(CapturePanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_capture"
    bl_label = "Face Capture"
    bl_space_type = "VIEW_3D"
    bl_order = 1
    operator = "prnet.capture"


class PRNET_PT_capture_image(CapturePanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_capture_image"
    bl_label = "Face Capture"
    bl_space_type = "IMAGE_EDITOR"
    operator = "prnet.capture_image_editor"


class SettingsPanel(SidebarPanel):
    """Mixin: draws the settings that a preset sets."""

    bl_label = "Capture Settings"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, settings = settings_column(self.layout), context.scene.prnet
        layout.prop(settings, "faces")
        column = layout.column(align=True)
        column.prop(settings, "density")
        column.prop(settings, "texture_size")
        layout.prop(settings, "moves")
        draw_lens(layout, settings.lens)
        layout.prop(settings, "clip_frames")
        layout.prop(settings, "frame_photo")
        layout.prop(settings, "model")
        if settings.model == ITERATING_MODEL:
            layout.prop(settings, "iterations")


class PRNET_PT_settings(SettingsPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_settings"
    bl_space_type = "VIEW_3D"
    bl_parent_id = "PRNET_PT_capture"


class PRNET_PT_settings_image(SettingsPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_settings_image"
    bl_space_type = "IMAGE_EDITOR"
    bl_parent_id = "PRNET_PT_capture_image"
