# SPDX-License-Identifier: GPL-3.0-or-later
"""The cube, the light and the camera of a new Blender file, as long as nobody has worked on them."""

from contextlib import suppress

import bpy
from mathutils import Matrix

from .head_properties import RIGHT_EDGE

PLACES = {  # where Blender's own startup file has them, Blender units
    "Cube": (0.0, 0.0, 0.0),
    "Light": (4.0762, 1.0055, 5.9039),
    "Camera": (7.3589, -6.9258, 4.9583),
}
GREY = 0.8  # of the default material
NEAR = 1e-3


def is_untouched(thing: bpy.types.Object) -> bool:
    """Tell whether `thing` is an object of Blender's own startup file, unchanged."""
    place = PLACES.get(thing.name)
    if place is None or (thing.location - Matrix.Translation(place).translation).length > NEAR:
        return False
    if thing.parent or thing.children or thing.constraints or thing.modifiers or thing.animation_data:
        return False
    if thing.type == "MESH":
        return thing.matrix_basis == Matrix.Identity(4) and _is_cube(thing.data)
    if thing.type == "LIGHT":
        return thing.data.type == "POINT" and thing.data.energy == 1000
    return thing.type == "CAMERA" and thing.data.type == "PERSP" and thing.data.lens == 50


def own_objects(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    """Return the user's own objects: all but the captures', and none if all are untouched ones of the startup file."""
    others = _not_captured(scene)
    return [] if all(is_untouched(thing) for thing in others) else others


def hide_default_scene(scene: bpy.types.Scene) -> None:
    """Hide the objects of the startup file from views and renders, if the user has none of their own."""
    if not own_objects(scene):
        for thing in _not_captured(scene):
            thing.hide_render = True
            with suppress(RuntimeError):  # the user has excluded its collection from the view layer
                thing.hide_set(True)


def _not_captured(scene):
    photos = [collection for collection in scene.collection.children_recursive if RIGHT_EDGE in collection]
    captured = {thing for collection in photos for thing in collection.objects}
    return [thing for thing in scene.objects if thing not in captured]


def _is_cube(mesh):
    if len(mesh.vertices) != 8 or len(mesh.polygons) != 6 or mesh.shape_keys:
        return False
    corners = {tuple(abs(value) for value in vertex.co) for vertex in mesh.vertices}
    return corners == {(1.0, 1.0, 1.0)} and all(_is_grey(material) for material in mesh.materials if material)


def _is_grey(material):
    nodes = material.node_tree.nodes if material.node_tree else ()
    colours = [node.inputs["Base Color"] for node in nodes if node.type == "BSDF_PRINCIPLED"]
    return len(colours) == 1 and not colours[0].is_linked and abs(colours[0].default_value[0] - GREY) < NEAR
