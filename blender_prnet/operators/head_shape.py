# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes back what the sliders of the panel Shape have changed."""

import bpy

from ..scene.head_shape import has_sliders, reset_sliders


class PRNET_OT_reset_shape(bpy.types.Operator):
    bl_idname = "prnet.reset_shape"
    bl_label = "Back to the Photo"
    bl_description = "Set all sliders of the active head's shape to 0. What was sculpted stays"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        head = context.object
        if head is None or head.type != "MESH" or head.mode != "OBJECT" or not has_sliders(head.data):
            cls.poll_message_set("Make a whole head the active object, in Object Mode")
            return False
        return True

    def execute(self, context):
        reset_sliders(context.object.data)
        return {"FINISHED"}
