# SPDX-License-Identifier: GPL-3.0-or-later
"""Thins the keyframes of a baked head."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_
from bpy.props import FloatProperty

from ..scene.head_properties import HeadKind, kind_of
from ..scene.thinning import thin_keys


class PRNET_OT_thin_keys(bpy.types.Operator):
    bl_idname = "prnet.thin_keys"
    bl_label = "Thin Keyframes"
    bl_description = (
        "Remove the keyframes of the active head that straight lines between the others replace within an error, so "
        "that its curves can be edited by hand"
    )
    bl_options = {"REGISTER", "UNDO"}

    weight: FloatProperty(
        name="Error of Keys",
        description="By how much the value of a shape key may be off",
        default=0.02,
        min=0,
        max=1,
        precision=3,
    )
    millimetres: FloatProperty(
        name="Error of Motion (mm)",
        description="By how many millimetres the motion of the head may be off",
        default=0.5,
        min=0,
        soft_max=10,
    )

    @classmethod
    def poll(cls, context):
        if kind_of(context.object) is not HeadKind.PERFORMANCE:
            cls.poll_message_set("Select a head that was baked from a clip")
            return False
        return True

    def execute(self, context):
        left, before = thin_keys(context.object, self.weight, self.millimetres)
        self.report({"INFO"}, rpt_("{} of {} keyframes are left").format(left, before))
        return {"FINISHED"}
