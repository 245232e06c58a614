# SPDX-License-Identifier: GPL-3.0-or-later
"""The capture panels in the sidebars of the 3D View and the Image Editor."""

import bpy

from ..settings.capture import ITERATING_MODEL
from .preset_menu import draw_presets
from .sidebar import SidebarPanel
from .widgets import draw_lens, draw_progress, draw_report, line_length, settings_column


class CapturePanel(SidebarPanel):
    """Mixin: draws the buttons, then the progress or the last report."""

    def draw(self, context):
        layout, state, settings = self.layout, context.window_manager.prnet, context.scene.prnet
        buttons = layout.column(align=True)
        first = buttons.row(align=True)
        first.scale_y = 1.6
        first.operator(self.operators[0], icon="USER")
        for operator in self.operators[1:]:
            buttons.operator(operator, icon="COMMUNITY")
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
    operators = ("prnet.capture", "prnet.merge_photos", "prnet.merge_clip")


class PRNET_PT_capture_image(CapturePanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_capture_image"
    bl_label = "Face Capture"
    bl_space_type = "IMAGE_EDITOR"
    operators = ("prnet.capture_image_editor",)


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
