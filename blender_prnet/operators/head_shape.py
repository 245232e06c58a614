# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes back what the sliders of the panel Shape have changed, or makes the keys fit it."""

import bpy

from ..data.coordinates import canonical_from_local
from ..jobs.keys import UpdateKeysJob
from ..scene.head_properties import HeadProperties
from ..scene.head_shape import give_shapes, has_sliders, reset_sliders, rest_of
from ..scene.model_head import is_whole_head, topology_of
from ..session import SESSION
from .progress import BlenderScreen
from .running import RunsJob


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


class PRNET_OT_update_keys(RunsJob, bpy.types.Operator):
    bl_idname = "prnet.update_keys"
    bl_label = "Update Keys"
    bl_description = (
        "Make the ARKit keys of the active head again, after its rest was changed by sliders or sculpting: lids close "
        "over its eyes again. What was sculpted on these keys themselves is replaced"
    )
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        head = context.object
        if not is_whole_head(head) or head.mode != "OBJECT" or head.data.shape_keys is None:
            cls.poll_message_set("Make a whole head with shape keys the active object, in Object Mode")
            return False
        return super().poll(context)

    def execute(self, context):
        head, properties = context.object, HeadProperties.of(context.object)
        options = {"topology": topology_of(properties)}
        if properties.model:
            options["model"] = properties.model
        name = head.name

        def give(shapes, offsets):
            thing = bpy.data.objects.get(name)
            return give_shapes(thing, shapes, offsets) if thing else 0  # the user may have deleted it

        vertices = canonical_from_local(rest_of(head.data))
        return self.run(context, UpdateKeysJob(SESSION.request, options, vertices, give, BlenderScreen(self)))
