# SPDX-License-Identifier: GPL-3.0-or-later
"""The textures of a head as the user has painted them."""

import bpy
from bpy.app.translations import pgettext_rpt as rpt_

LAYERED = "Frames of the Clip"  # label of the node that lays the frames of a clip over the image that is painted
PARTS = ("skin", "eyes")  # parts of heads whose textures may change


class PaintError(Exception):
    """What was painted cannot be read. The message says why, and what to do."""


def painted_images(head: bpy.types.Object) -> list[bpy.types.Image | None]:
    """Return for each material of a head the image of its base colour; None if it has a plain colour.

    Raises PaintError if the colour comes from something else, or if the image is gone.
    """
    return [_base_colour(material) for material in head.data.materials]


def images_of_parts(head: bpy.types.Object) -> dict[str, bpy.types.Image]:
    """Return the images of the parts of a head whose textures may change, by part. Raises PaintError."""
    images = painted_images(head)
    if images[0] is None:
        raise PaintError(rpt_("The skin of {} has no texture any more; capture it again").format(head.name))
    names = ["skin"] if len(images) == 1 else [material.name.rpartition(" ")[2] for material in head.data.materials]
    return {name: image for name, image in zip(names, images, strict=True) if image and name in PARTS}


def _base_colour(material):
    if material is None or material.node_tree is None:
        raise PaintError("A material of the head has no nodes any more; undo that, or choose Render")
    shader = next((node for node in material.node_tree.nodes if node.type == "BSDF_PRINCIPLED"), None)
    if shader is None:
        raise PaintError(f"{material.name} has no Principled BSDF any more; choose Render to draw it as it renders")
    links = shader.inputs["Base Color"].links
    if not links:
        return None
    node = links[0].from_node
    if node.type == "MIX" and node.label == LAYERED:
        node = next(socket for socket in node.inputs if socket.identifier == "A_Color").links[0].from_node
    if node.type != "TEX_IMAGE":
        raise PaintError(f"The colour of {material.name} is no image any more; choose Render to draw it as it renders")
    if node.image is None or not all(node.image.size) or (not node.image.has_data and not node.image.pixels):
        raise PaintError(f"The texture of {material.name} is gone; undo that, or capture the head again")
    return node.image
