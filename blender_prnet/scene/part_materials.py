# SPDX-License-Identifier: GPL-3.0-or-later
"""The materials of a head model's parts: skin, eyes, teeth, mouth."""

from collections.abc import Mapping

import bpy

from .head import build_material, build_texture

COLOURS = {  # linear RGBA of the parts without a texture
    "mouth": (0.30, 0.07, 0.07, 1),
    "teeth": (0.75, 0.70, 0.60, 1),
}
# Part -> inputs of its Principled BSDF. The photo's highlights are in the skin's texture, so the skin shines little.
SURFACES = {
    "skin": {"Roughness": 0.55, "Specular IOR Level": 0.1, "Subsurface Weight": 0.06},
    "head": {"Roughness": 0.6, "Specular IOR Level": 0.1},
    "eyes": {
        "Roughness": 0.4,
        "Specular IOR Level": 0.3,
        "Coat Weight": 1.0,  # the cornea and the film of tears: a clear layer over iris and white
        "Coat Roughness": 0.02,
        "Coat IOR": 1.376,  # of the cornea
    },
    "teeth": {"Roughness": 0.25, "Specular IOR Level": 0.5, "Subsurface Weight": 0.1},
    "mouth": {"Roughness": 0.3, "Specular IOR Level": 0.5, "Subsurface Weight": 0.06},
}
SCATTERING = (1.0, 0.35, 0.2)  # how far red, green and blue light goes in skin, of SCATTERING_SCALE
SCATTERING_SCALE = 0.004  # metres
DETAIL_STRENGTH = 1.0
PHOTO_LIGHT, DETAIL = "Photo's Light", "Detail from Shading"  # labels of nodes of the skin's other images


def build_part_material(name: str, part: str, textures: Mapping[str, bytes]) -> bpy.types.Material:
    """Make the material of a part, coloured by its texture among `textures` if there is one.

    Beside the skin's texture lies, unconnected, that in the photo's own light, if there is one; a normal map is
    connected through a node whose strength is the detail's.
    """
    texture = textures.get(part)
    material = build_material(name, None if texture is None else build_texture(name, texture))
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    for socket, value in SURFACES.get(part, {}).items():
        shader.inputs[socket].default_value = value
    shader.inputs["Subsurface Radius"].default_value = SCATTERING
    shader.inputs["Subsurface Scale"].default_value = SCATTERING_SCALE
    if texture is None and part in COLOURS:
        shader.inputs["Base Color"].default_value = COLOURS[part]
        material.diffuse_color = COLOURS[part]  # in Solid view
    if photo := textures.get(f"{part}_photo"):
        _image_node(nodes, f"{name} photo", photo, PHOTO_LIGHT, shader, row=1)
    if normals := textures.get(f"{part}_normal"):
        image = _image_node(nodes, f"{name} detail", normals, DETAIL, shader, row=2)
        image.image.colorspace_settings.name = "Non-Color"
        bump = nodes.new("ShaderNodeNormalMap")
        bump.label, bump.uv_map = "Detail Strength", "UVMap"
        bump.inputs["Strength"].default_value = DETAIL_STRENGTH
        bump.location = shader.location.x - 200, image.location.y
        links.new(image.outputs["Color"], bump.inputs["Color"])
        links.new(bump.outputs["Normal"], shader.inputs["Normal"])
    return material


def finished_images(material: bpy.types.Material) -> dict[str, bpy.types.Image]:
    """Return the skin's other images that a material has, by their names in ModelHead.textures."""
    labelled = {node.label: node.image for node in material.node_tree.nodes if node.type == "TEX_IMAGE" and node.image}
    names = {"skin_photo": PHOTO_LIGHT, "skin_normal": DETAIL}
    return {name: labelled[label] for name, label in names.items() if label in labelled}


def _image_node(nodes, name, png, label, shader, row):
    """Add a node with an image to the left of the shader, below those that are there."""
    active = nodes.active
    node = nodes.new("ShaderNodeTexImage")
    node.image, node.label = build_texture(name, png), label
    node.location = shader.location.x - 500, shader.location.y - 320 * row
    nodes.active = active  # what Solid view shows
    return node
