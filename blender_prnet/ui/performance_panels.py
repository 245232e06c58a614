# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels of a head that plays a clip, below that of the captured head."""

import bpy

from ..scene.gain import face_action, turning_action
from ..scene.head_properties import HeadKind
from .head_panels import HeadPanel
from .widgets import settings_column


class PRNET_PT_head_gain(HeadPanel, bpy.types.Panel):
    bl_idname = "PRNET_PT_head_gain"
    bl_label = "Gain"
    bl_order = 2
    bl_parent_id = "PRNET_PT_head"
    bl_options = {"DEFAULT_CLOSED"}
    kinds = (HeadKind.PERFORMANCE,)

    def draw(self, context):
        column = settings_column(self.layout).column(align=True)
        face, turning = face_action(context.object), turning_action(context.object)
        if face:
            for name in ("brows", "eyes", "jaw", "mouth", "cheeks"):
                column.prop(face.prnet_gain, name, slider=True)
        else:
            column.label(text="Only heads with ARKit keys have a gain of the face", icon="INFO")
        if turning:
            column.prop(turning.prnet_gain, "head", slider=True)
