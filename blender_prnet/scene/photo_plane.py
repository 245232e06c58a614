# SPDX-License-Identifier: GPL-3.0-or-later
"""The photo as a plane behind the heads, which renders show; Blender does not render a camera's background image.

The plane fills the camera's frame and hangs on the camera. It glows with the photo's colours, is seen by cameras only,
and is hidden in the 3D Views, which show the background image.
"""

from contextlib import suppress

import bpy
import numpy as np

from ..interface import Orientation
from .camera import before_lens
from .head_properties import PHOTO_PLANE

BEHIND = 0.1  # metres from the rearmost point of the heads to the plane
CORNERS = np.array([[-0.5, -0.5], [0.5, -0.5], [0.5, 0.5], [-0.5, 0.5]])  # of the frame, x right, y up


def photo_plane_of(camera: bpy.types.Object) -> bpy.types.Object | None:
    """Return the camera's plane; None if it has none."""
    return next((child for child in camera.children if PHOTO_PLANE in child), None)


def add_photo_plane(
    camera: bpy.types.Object, heads: list[bpy.types.Object], image_size: tuple[int, int], metre: float
) -> bpy.types.Object:
    """Hang the camera's background image behind the heads. image_size: of the upright photo; metre: Blender units."""
    background = camera.data.background_images[0]
    orientation = Orientation(background.use_flip_x, background.use_flip_y, background.rotation)
    depth = min(_rear(camera, heads) + BEHIND * metre, 0.99 * camera.data.clip_end)
    mesh = bpy.data.meshes.new(f"Photo {background.image.name}")
    mesh.from_pydata(_frame(camera.data, image_size, depth).tolist(), [], [range(4)])
    mesh.uv_layers.new(name="UVMap").uv.foreach_set("vector", stored_places(orientation).astype(np.float32).ravel())
    mesh.materials.append(_glow(mesh.name, background))
    plane = bpy.data.objects.new(mesh.name, mesh)
    plane[PHOTO_PLANE] = True
    plane.parent = camera
    for kind in ("diffuse", "glossy", "transmission", "volume_scatter", "shadow"):
        setattr(plane, f"visible_{kind}", False)
    camera.users_collection[0].objects.link(plane)
    with suppress(RuntimeError):  # the user has excluded its collection from the view layer
        plane.hide_set(True)
    return plane


def remove_photo_plane(plane: bpy.types.Object) -> None:
    """Delete the plane, its mesh and its material."""
    mesh = plane.data
    materials = list(mesh.materials)
    bpy.data.objects.remove(plane)
    for data, blocks in ((mesh, bpy.data.meshes), *((material, bpy.data.materials) for material in materials)):
        if not data.users:
            blocks.remove(data)


def stored_places(orientation: Orientation) -> np.ndarray:
    """Return where CORNERS are in the image as it is stored: (4, 2), 0 to 1, x right, y up."""
    cos, sin = np.cos(orientation.turn), np.sin(orientation.turn)
    upright = CORNERS * [1, -1]  # y down, as the orientation has it
    stored = upright @ np.array([[cos, -sin], [sin, cos]])  # turned back
    stored *= [-1 if orientation.flip_x else 1, -1 if orientation.flip_y else 1]
    return stored * [1, -1] + 0.5


def _frame(data, image_size, depth):
    """Return the corners of the photo in the camera's space at that depth: (4, 3)."""
    width, height = image_size
    corners = before_lens(data, image_size, (CORNERS * (1, -1) + 0.5) * (width, height) - 0.5)
    across = 1.0 if data.type == "ORTHO" else depth
    return corners * (across, across, depth)


def _rear(camera, heads):
    """Return how far from the camera's plane the rearmost point of the heads' boxes is."""
    into_camera = np.array(camera.matrix_world.inverted())[2]
    points = [head.matrix_world @ type(head.location)(corner) for head in heads for corner in head.bound_box]
    return max(-float(into_camera[:3] @ point + into_camera[3]) for point in points)


def _glow(name, background):
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # from Blender 5.0 on a new material has its nodes
        material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    nodes.clear()
    texture, glow, output = (nodes.new(f"ShaderNode{kind}") for kind in ("TexImage", "Emission", "OutputMaterial"))
    texture.image, texture.extension = background.image, "EXTEND"
    for name in ("use_auto_refresh", "frame_start", "frame_duration", "frame_offset"):  # which frame of a movie
        setattr(texture.image_user, name, getattr(background.image_user, name))
    links.new(texture.outputs["Color"], glow.inputs["Color"])
    links.new(glow.outputs["Emission"], output.inputs["Surface"])
    for place, node in enumerate((texture, glow, output)):
        node.location.x = 300 * place
    return material
