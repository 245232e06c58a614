# SPDX-License-Identifier: GPL-3.0-or-later
"""The texture of a head of several pictures, again with other weights of them."""

import bpy

from ..jobs.parts import TexturesJob
from ..scene.head_properties import VIEW_FRAME, VIEW_PATH, VIEW_WEIGHT, HeadProperties
from ..scene.merged_head import textured_views_of
from ..scene.model_head import topology_of
from ..scene.painted import PaintError, images_of_parts
from ..scene.part_materials import finished_images
from ..scene.photo import paint_image
from ..session import SESSION
from .capture import capture_options
from .progress import BlenderScreen
from .running import RunsJob


class PRNET_OT_merge_texture(RunsJob, bpy.types.Operator):
    bl_idname = "prnet.merge_texture"
    bl_label = "Make Texture Again"
    bl_description = (
        "Make the active head's texture again from its pictures, with the weights above. What was painted on it is "
        "lost; the head's shape stays"
    )
    bl_options = {"UNDO"}

    @classmethod
    def poll(cls, context):
        if not (context.object and textured_views_of(context.object) and context.object.mode == "OBJECT"):
            cls.poll_message_set("Make a head of several photos the active object, in Object Mode")
            return False
        return super().poll(context)

    def execute(self, context):
        head = context.object
        views = textured_views_of(head)
        if not any(view[VIEW_WEIGHT] for view in views):
            self.report({"ERROR"}, "All pictures are left out; give one a weight above 0")
            return {"CANCELLED"}
        try:
            images = _images(head)
        except PaintError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        properties = HeadProperties.of(head)
        finish = {"even_light": "skin_photo" in images, "detail": "skin_normal" in images}
        options = capture_options(context.scene.prnet) | finish | {"topology": topology_of(properties)}
        request = {
            "type": "merge_texture",
            "paths": [bpy.path.abspath(view[VIEW_PATH]) for view in views],
            "frames": [int(view[VIEW_FRAME]) for view in views],
            "weights": [float(view[VIEW_WEIGHT]) for view in views],
            "options": options | ({"model": properties.model} if properties.model else {}),
        }
        name = head.name

        def give(textures):
            thing = bpy.data.objects.get(name)
            if thing is None:  # the user has deleted it
                return ""
            images = _images(thing)
            for part in images.keys() & textures.keys():
                paint_image(images[part], textures[part])
            return "The head has a new texture"

        return self.run(context, TexturesJob(SESSION.request, request, {}, give, BlenderScreen(self)))


def _images(head):
    """Return all images that a new texture changes, by part. Raises PaintError."""
    return images_of_parts(head) | finished_images(head.data.materials[0])
