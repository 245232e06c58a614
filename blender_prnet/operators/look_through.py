# SPDX-License-Identifier: GPL-3.0-or-later
"""Shows a captured head as its photo does."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

from ..scene.camera import camera_of, frame_photo, look_through_camera
from ..scene.head_properties import HeadProperties, kind_of


class PRNET_OT_look_through(bpy.types.Operator):
    bl_idname = "prnet.look_through"
    bl_label = "Look Through Its Camera"
    bl_description = "Make the active head's camera the scene's, the render as large as its photo, and look through it"
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        return kind_of(context.object) is not None

    def execute(self, context):
        return {"FINISHED"} if look_through(self, context, context.object) else {"CANCELLED"}


def look_through(operator, context, head) -> bool:
    """Turn scene and view to the head's photo. Returns False, with a report, if its camera is gone."""
    camera = camera_of(head)
    if camera is None:
        operator.report({"ERROR"}, rpt_("{} has no camera in its collection").format(head.name))
        return False
    frame_photo(context.scene, camera, HeadProperties.of(head).image_size)
    look_through_camera(context)
    return True
