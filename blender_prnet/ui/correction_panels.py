# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels for correcting a captured head, in the sidebars of the 3D View and the Image Editor."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..operators.tools import FaceBox, ImageFaceBox, PinLandmarks
from ..scene.corrections import Corrections
from ..scene.head_properties import HeadKind, kind_of
from .head_panels import HeadPanel
from .sidebar import SidebarPanel
from .widgets import draw_tool_button


class PRNET_PT_head_correct(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_correct"
    bl_label = "Correct"
    bl_order = 1
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        return kind_of(context.object) is HeadKind.PHOTO

    def draw(self, context):
        layout = self.layout
        if context.mode == "OBJECT":
            tools = layout.column(align=True)
            draw_tool_button(tools, context, PinLandmarks, "PINNED")
            draw_tool_button(tools, context, FaceBox, "SELECT_SET")
            tools.operator("prnet.find_faces", icon="VIEWZOOM")
        whole = layout.column(align=True)
        whole.operator("prnet.mirror_photo", icon="MOD_MIRROR")
        whole.operator("prnet.capture_again", icon="FILE_REFRESH")
        whole.operator("prnet.clear_corrections", icon="TRASH")
        pins = len(Corrections.of(context.object).pins)
        if pins:
            layout.label(text=iface_("Pinned landmarks: {}").format(pins), icon="PINNED", translate=False)


class PRNET_PT_image_faces(SidebarPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_image_faces"
    bl_label = "Single Faces"
    bl_space_type = "IMAGE_EDITOR"
    bl_parent_id = "PRNET_PT_capture_image"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        column = self.layout.column(align=True)
        column.operator("prnet.find_faces", icon="VIEWZOOM")
        if context.space_data.mode == "VIEW":
            draw_tool_button(column, context, ImageFaceBox, "SELECT_SET")
