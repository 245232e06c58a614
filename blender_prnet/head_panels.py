# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be done with a captured head, in the sidebar of the 3D View."""

import bpy

from .panels import TAB


class HeadPanel:
    """Mixin: shown while a captured head is active."""

    bl_space_type = "VIEW_3D"
    bl_region_type = "UI"
    bl_category = TAB

    @classmethod
    def poll(cls, context):
        return context.object is not None and "prnet_residual" in context.object


class PRNET_PT_head(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head"
    bl_label = "Captured Head"

    def draw(self, _context):
        self.layout.operator("prnet.look_through", icon="CAMERA_DATA")


class PRNET_PT_head_details(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_details"
    bl_label = "Details"
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}

    def draw(self, context):
        head = context.object
        draw_facts(
            self.layout,
            {
                "Photo": bpy.path.basename(head["prnet_source"]),
                "Confidence": f"{head['prnet_confidence']:.0%}",
                "Residual": f"{head['prnet_residual']:.1f} px",
                "Network": head["prnet_model"],
                "Engine": head["prnet_engine"],
            },
        )


def draw_facts(layout, facts: dict[str, str]):
    """Names on the left, values on the right."""
    column = layout.column(align=True)
    for name, value in facts.items():
        split = column.split(factor=0.4)
        left = split.row()
        left.alignment = "RIGHT"
        left.label(text=name)
        split.label(text=value, translate=False)


CLASSES = (PRNET_PT_head, PRNET_PT_head_details)
