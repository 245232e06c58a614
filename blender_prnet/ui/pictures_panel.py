# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel that makes pictures of a head: aligned with its photo, or its photo changed."""

import bpy

from ..scene.head_properties import kind_of
from .sidebar import ClosedPanel


class PRNET_PT_pictures(ClosedPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_pictures"
    bl_label = "Pictures"

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
