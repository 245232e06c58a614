# SPDX-License-Identifier: GPL-3.0-or-later
"""The sub-panel with the sliders that change a whole head's shape."""

import bpy

from ..data.head_shape import MEASURES
from ..scene.head_shape import has_sliders
from .head_panels import HeadPanel
from .widgets import settings_column


class PRNET_PT_head_shape(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_shape"
    bl_label = "Shape"
    bl_order = 3
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}

    @classmethod
    def poll(cls, context):
        return super().poll(context) and context.object.type == "MESH" and has_sliders(context.object.data)

    def draw(self, context):
        shape, column = context.object.data.prnet_shape, settings_column(self.layout)
        column.enabled = context.mode == "OBJECT"
        named = column.column(align=True)
        for name in MEASURES:
            named.prop(shape, name, slider=True)
        column.column(align=True).prop(shape, "components", slider=True)
        column.operator("prnet.reset_shape", icon="LOOP_BACK")
