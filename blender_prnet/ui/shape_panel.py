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
        column = shape_column(self.layout, context)
        buttons = column.column(align=True)
        buttons.operator("prnet.reset_shape", icon="LOOP_BACK")
        buttons.operator("prnet.update_keys", icon="SHAPEKEY_DATA")
        sliders = column.column(align=True)
        for name in MEASURES:
            sliders.prop(context.object.data.prnet_shape, name, slider=True)


class PRNET_PT_head_components(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_components"
    bl_label = "Components"
    bl_parent_id = "PRNET_PT_head_shape"
    bl_options = {"DEFAULT_CLOSED"}

    poll = PRNET_PT_head_shape.poll

    def draw(self, context):
        column = shape_column(self.layout, context).column(align=True)
        column.prop(context.object.data.prnet_shape, "components", text="", slider=True)


def shape_column(layout, context):
    """Return a column for sliders, which move the mesh: they wait while it is edited or sculpted."""
    column = settings_column(layout)
    column.enabled = context.mode == "OBJECT"
    return column
