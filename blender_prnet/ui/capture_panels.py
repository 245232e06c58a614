# SPDX-License-Identifier: GPL-3.0-or-later
"""The Face Capture tabs in the sidebars of the 3D View and the Image Editor."""

import textwrap

import bpy

from .preset_menu import draw_presets

TAB = "Face Capture"
CHARACTER = 7.0  # pixels, on average, at a user interface scale of 1
SHOWN_LINES = 12


def characters(context) -> int:
    """How many fit into a line of the region, about."""
    return max(int(context.region.width / (CHARACTER * context.preferences.system.ui_scale)), 10)


def draw_progress(layout, state):
    layout.progress(factor=state.progress, text=state.text)
    layout.label(text="Esc stops and keeps what is done")


def draw_text(layout, text, characters, icon="NONE"):
    """Text, wrapped to lines of so many characters, with the icon, if any, before the first."""
    column = layout.column(align=True)
    below = "NONE" if icon == "NONE" else "BLANK1"
    lines = [line for paragraph in text.splitlines() for line in textwrap.wrap(paragraph, characters)]
    for number, line in enumerate(lines):
        column.label(text=line, icon=below if number else icon, translate=False)


def draw_report(layout, report, characters):
    """List what failed, wrapped to lines of so many characters."""
    for entry in report[:SHOWN_LINES]:
        box = layout.box().column(align=True)
        box.label(text=entry.name, icon="ERROR")
        draw_text(box, entry.message, characters)
        if entry.status == "worker":
            box.operator("prnet.open_preferences", icon="PREFERENCES")
    if len(report) > SHOWN_LINES:
        layout.label(text=f"… and {len(report) - SHOWN_LINES} more")


class CaptureSubPanel:
    """Mixin: folded under the buttons in the 3D View."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = TAB
    bl_parent_id = "PRNET_PT_capture"
    bl_options = {"DEFAULT_CLOSED"}


class CapturePanel:
    """Mixin: the buttons on top, then progress or the last report."""

    bl_region_type = "UI"
    bl_category = TAB

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
            draw_report(layout, state.report, characters(context))


class PRNET_PT_capture(CapturePanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_capture"
    bl_label = "Face Capture"
    bl_space_type = "VIEW_3D"
    bl_order = 0
    operators = ("prnet.capture", "prnet.merge_photos")


class PRNET_PT_capture_image(CapturePanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_capture_image"
    bl_label = "Face Capture"
    bl_space_type = "IMAGE_EDITOR"
    operators = ("prnet.capture_image_editor",)


class SettingsPanel:
    """Mixin: what the preset sets, for those who want it otherwise."""

    bl_label = "Settings"
    bl_region_type = "UI"
    bl_category = TAB
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        layout, settings = self.layout, context.scene.prnet
        layout.use_property_split = True
        layout.use_property_decorate = False  # none of them can be animated
        layout.prop(settings, "faces")
        column = layout.column(align=True)
        column.prop(settings, "density")
        column.prop(settings, "texture_size")
        layout.prop(settings, "moves")
        layout.prop(settings, "frame_photo")
        layout.prop(settings, "model")


class PRNET_PT_settings(SettingsPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_settings"
    bl_space_type = "VIEW_3D"
    bl_parent_id = "PRNET_PT_capture"


class PRNET_PT_settings_image(SettingsPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_settings_image"
    bl_space_type = "IMAGE_EDITOR"
    bl_parent_id = "PRNET_PT_capture_image"


CLASSES = (PRNET_PT_capture, PRNET_PT_settings, PRNET_PT_capture_image, PRNET_PT_settings_image)
