# SPDX-License-Identifier: GPL-3.0-or-later
"""A head takes parts of another one's texture."""

import bpy

from ..jobs.parts import TexturesJob
from ..scene.head_properties import HeadProperties, kind_of
from ..scene.model_head import topology_of
from ..scene.painted import PaintError, images_of_parts
from ..scene.part_masks import edited_masks, show_masks
from ..scene.photo import image_pixels, paint_image
from ..session import SESSION
from .progress import BlenderScreen
from .running import RunsJob


class TakesParts(RunsJob):
    """Mixin: works on the texture of the active head."""

    @classmethod
    def poll(cls, context):
        if kind_of(context.object) is None or context.object.mode != "OBJECT":
            cls.poll_message_set("Make a captured head the active object, in Object Mode")
            return False
        return super().poll(context)


class PRNET_OT_show_part_masks(TakesParts, bpy.types.Operator):
    bl_idname = "prnet.show_part_masks"
    bl_label = "Show Part Masks"
    bl_description = (
        "Make an image of the mask of each part in the active head's texture. Take Part From uses these images: paint "
        "on them to change what is taken"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        topology = topology_of(HeadProperties.of(context.object))

        def give(masks):
            show_masks(masks, topology)
            return "The masks are images of this file now; paint on them in the Image Editor"

        request = {"type": "part_masks", "options": _options(context.object)}
        return self.run(context, TexturesJob(SESSION.request, request, {}, give, BlenderScreen(self)))


class PRNET_OT_take_part(TakesParts, bpy.types.Operator):
    bl_idname = "prnet.take_part"
    bl_label = "Take Part From"
    bl_description = (
        "Put the chosen parts of the other head's texture into that of the active one, in the colours around them. "
        "Render over Photo shows them in the photo"
    )
    bl_options = {"UNDO"}

    def execute(self, context):
        head, settings = context.object, context.scene.prnet_parts
        source = settings.source
        if source is None or source == head or kind_of(source) is None:
            self.report({"ERROR"}, "Choose another captured head in Take From")
            return {"CANCELLED"}
        topology, source_topology = (topology_of(HeadProperties.of(thing)) for thing in (head, source))
        try:
            arrays = {
                f"{state}_{name}": image_pixels(image)
                for state, thing in (("own", head), ("source", source))
                for name, image in images_of_parts(thing).items()
            }
        except PaintError as error:
            self.report({"ERROR"}, str(error))
            return {"CANCELLED"}
        masks = edited_masks(settings.parts, topology)
        name = head.name

        def give(textures):
            thing = bpy.data.objects.get(name)
            if thing is None:  # the user has deleted it
                return ""
            images = images_of_parts(thing)
            for part, texture in textures.items():
                paint_image(images[part], texture)
            return "The parts are in the head's texture"

        request = {
            "type": "take_part",
            "parts": sorted(settings.parts),
            "options": _options(head),
            "source_topology": source_topology,
        }
        arrays |= {f"mask_{part}": mask for part, mask in masks.items()}
        return self.run(context, TexturesJob(SESSION.request, request, arrays, give, BlenderScreen(self)))


def _options(head):
    properties = HeadProperties.of(head)
    return {"topology": topology_of(properties)} | ({"model": properties.model} if properties.model else {})
