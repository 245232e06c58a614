# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel that makes pictures of a head: aligned with its photo, or its photo changed."""

import bpy
from bpy.app.translations import pgettext_iface as iface_

from ..scene.head_properties import kind_of
from .sidebar import ClosedPanel
from .widgets import ICON_LETTERS, draw_wrapped, line_length


class PRNET_PT_pictures(ClosedPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_pictures"
    bl_label = "Pictures"
    bl_order = 3  # below the buttons that begin everything

    @classmethod
    def poll(cls, context):
        return kind_of(context.object) is not None

    def draw(self, _context):
        column = self.layout.column(align=True)
        column.operator("prnet.face_passes", icon="RENDERLAYERS")
        column.operator("prnet.render_over", icon="BRUSH_DATA")


class PRNET_PT_parts(ClosedPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_parts"
    bl_label = "Parts of the Texture"
    bl_parent_id = "PRNET_PT_pictures"

    def draw(self, context):
        layout, settings = self.layout, context.scene.prnet_parts
        layout.prop(settings, "source")
        layout.column(align=True).prop(settings, "parts")
        column = layout.column(align=True)
        column.operator("prnet.take_part", icon="BRUSHES_ALL")
        column.operator("prnet.show_part_masks", icon="IMAGE_ALPHA")


CONSENT = "Swap faces only of people who have agreed to it, and say so wherever you show the result."


class PRNET_PT_swap(ClosedPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_swap"
    bl_label = "Face Swap"
    bl_parent_id = "PRNET_PT_pictures"

    def draw(self, context):
        layout = self.layout
        draw_wrapped(layout.column(), iface_(CONSENT), line_length(context) - ICON_LETTERS, "INFO")
        layout.prop(context.scene.prnet_parts, "face")
        layout.operator("prnet.swap_face", icon="COMMUNITY")
