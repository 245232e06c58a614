# SPDX-License-Identifier: GPL-3.0-or-later
"""The panel that takes a head out of Blender: to printers and to other programs."""

import bpy

from ..scene.head_properties import PRINT, kind_of
from .sidebar import SidebarPanel


class PRNET_PT_delivery(SidebarPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_delivery"
    bl_label = "Print and Export"
    bl_space_type = "VIEW_3D"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        return kind_of(context.object) is not None or (context.object is not None and PRINT in context.object)

    def draw(self, _context):
        column = self.layout.column(align=True)
        column.operator("prnet.make_printable", icon="MOD_SOLIDIFY")
        column.operator("prnet.export_print", icon="EXPORT")
        column = self.layout.column(align=True)
        for text, target in (("For MetaHuman", "metahuman"), ("For Character Creator", "character_creator")):
            column.operator("prnet.prepare_head", text=text, icon="EXPORT").target = target
