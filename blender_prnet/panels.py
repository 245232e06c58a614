# SPDX-License-Identifier: GPL-3.0-or-later
"""The Face Capture tabs in the sidebars of the 3D View and the Image Editor."""

import textwrap

import bpy

TAB = "Face Capture"
CHARACTER = 7.0  # pixels, on average, at a user interface scale of 1
SHOWN_LINES = 12


def draw_progress(layout, state):
    layout.progress(factor=state.progress, text=state.text)
    layout.label(text="Esc stops and keeps what is done")


def draw_report(layout, report, characters):
    """List what failed, wrapped to lines of so many characters."""
    for entry in report[:SHOWN_LINES]:
        box = layout.box().column(align=True)
        box.label(text=entry.name, icon="ERROR")
        for line in textwrap.wrap(entry.message, characters):
            box.label(text=line)
        if entry.status == "worker":
            box.operator("prnet.open_preferences", icon="PREFERENCES")
    if len(report) > SHOWN_LINES:
        layout.label(text=f"… and {len(report) - SHOWN_LINES} more")


class CapturePanel:
    """Mixin: the button on top, then progress or the last report."""

    bl_region_type = "UI"
    bl_category = TAB

    def draw(self, context):
        layout, state = self.layout, context.window_manager.prnet
        button = layout.row()
        button.scale_y = 1.6
        button.operator(self.operator, icon="USER")
        layout.prop(context.scene.prnet, "preset")
        if state.running:
            draw_progress(layout, state)
        else:
            width = context.region.width / (CHARACTER * context.preferences.system.ui_scale)
            draw_report(layout, state.report, max(int(width), 10))


class PRNET_PT_capture(CapturePanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_capture"
    bl_label = "Face Capture"
    bl_space_type = "VIEW_3D"
    operator = "prnet.capture"


class PRNET_PT_capture_image(CapturePanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_capture_image"
    bl_label = "Face Capture"
    bl_space_type = "IMAGE_EDITOR"
    operator = "prnet.capture_image_editor"


class PRNET_PT_settings(bpy.types.Panel):
    bl_idname = "PRNET_PT_settings"
    bl_label = "Settings"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = TAB
    bl_parent_id = "PRNET_PT_capture"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        self.layout.use_property_split = True
        for name in ("faces", "density", "texture_size", "moves", "frame_photo", "model"):
            self.layout.prop(context.scene.prnet, name)


class PRNET_PT_head(bpy.types.Panel):
    bl_idname = "PRNET_PT_head"
    bl_label = "Captured Head"
    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = TAB

    @classmethod
    def poll(cls, context):
        return context.object is not None and "prnet_residual" in context.object

    def draw(self, context):
        head, layout = context.object, self.layout
        layout.operator("prnet.look_through", icon="CAMERA_DATA")
        layout.label(text=bpy.path.basename(head["prnet_source"]), icon="IMAGE_DATA")
        layout.label(text=f"Confidence {head['prnet_confidence']:.0%}, residual {head['prnet_residual']:.1f} px")
        layout.label(text=f"Model {head['prnet_model']}, {head['prnet_engine']}")


CLASSES = (PRNET_PT_capture, PRNET_PT_settings, PRNET_PT_head, PRNET_PT_capture_image)
