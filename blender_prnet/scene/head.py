# SPDX-License-Identifier: GPL-3.0-or-later
"""The object of a head: mesh, UV map, and material with the packed texture."""

import bpy
import numpy as np
from mathutils import Matrix


def build_head(
    name: str,
    vertices: np.ndarray,
    quads: np.ndarray,
    uv: np.ndarray,
    texture: bytes,
    matrix: np.ndarray,
    like: bpy.types.Mesh | None = None,
) -> bpy.types.Object:
    """Make a head object. It is not linked to a collection yet.

    vertices: (N, 3) float32, local space, metres
    quads: (Q, 4), uv: (N, 2), texture: as in face.CapturedFace
    matrix: (4, 4), local -> world
    like: a mesh with these quads and uv, with which the new mesh shares their memory
    """
    mesh_name = head_name(name)
    mesh = _copy_mesh(mesh_name, like, vertices) if like else _build_mesh(mesh_name, vertices, quads, uv)
    mesh.materials.append(build_material(f"{name} skin", build_texture(f"{name} texture", texture)))
    head = bpy.data.objects.new(mesh_name, mesh)
    head.matrix_world = Matrix(matrix.tolist())
    return head


def head_name(name: str) -> str:
    """Return the name of the head of a photo or a clip: the Outliner shows the first letters of a name."""
    return f"Head {name}"


def head_of(collection: bpy.types.Collection) -> bpy.types.Object:
    """Return the first head of a collection that was just built."""
    return next(thing for thing in collection.objects if thing.type == "MESH")


def reshape_head(
    head: bpy.types.Object, vertices: np.ndarray, quads: np.ndarray, uv: np.ndarray, texture: bytes
) -> None:
    """Give a head another shape and texture, and keep what the user has added.

    Modifiers and material stay; shape keys and vertex groups stay if the new mesh has the same topology.
    """
    mesh = head.data
    if (len(mesh.vertices), len(mesh.polygons)) == (len(vertices), len(quads)):
        before = np.empty_like(vertices)
        mesh.attributes["position"].data.foreach_get("vector", before.ravel())
        move_vertices(mesh, vertices - before)
    else:
        head.data = _build_mesh(mesh.name, vertices, quads, uv)
        for material in mesh.materials:
            head.data.materials.append(material)
        if not mesh.users:
            bpy.data.meshes.remove(mesh)
    node = texture_node(head)
    if node:
        image = node.image
        node.image = build_texture(image.name, texture)
        if not image.users:
            bpy.data.images.remove(image)


def texture_node(head: bpy.types.Object) -> bpy.types.ShaderNodeTexImage | None:
    """Return the first node of the head's materials that shows an image; None if the user has removed it."""
    trees = [material.node_tree for material in head.data.materials if material and material.node_tree]
    nodes = [node for tree in trees for node in tree.nodes]
    return next((node for node in nodes if node.type == "TEX_IMAGE" and node.image), None)


def move_vertices(mesh: bpy.types.Mesh, offsets: np.ndarray) -> None:
    """Move the vertices of a mesh, and those of all its shape keys, by offsets (N, 3) float32, local space."""
    points = np.empty_like(offsets)
    for key in mesh.shape_keys.key_blocks if mesh.shape_keys else ():
        key.points.foreach_get("co", points.ravel())
        key.points.foreach_set("co", (points + offsets).ravel())
    mesh.attributes["position"].data.foreach_get("vector", points.ravel())
    _place_vertices(mesh, points + offsets)
    mesh.vertices[0].co = points[0] + offsets[0]  # otherwise the mesh keeps its old bounds
    mesh.update()


def _copy_mesh(name, like, vertices):
    """Return a mesh that shares the memory of edges, corners and UVs with `like` until one of them is edited."""
    mesh = like.copy()
    mesh.name = name
    mesh.materials.clear()
    _place_vertices(mesh, vertices)
    mesh.vertices[0].co = vertices[0]  # otherwise the mesh keeps the bounds of `like`
    mesh.update()
    return mesh


def _build_mesh(name, vertices, quads, uv):
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(vertices))
    _place_vertices(mesh, vertices)
    mesh.loops.add(quads.size)
    mesh.loops.foreach_set("vertex_index", np.ascontiguousarray(quads, np.int32).ravel())
    mesh.polygons.add(len(quads))
    mesh.polygons.foreach_set("loop_start", np.arange(0, quads.size, 4, dtype=np.int32))
    mesh.uv_layers.new(name="UVMap").uv.foreach_set("vector", np.ascontiguousarray(uv[quads], np.float32).ravel())
    mesh.update(calc_edges=True)
    mesh.validate()
    mesh.shade_smooth()
    return mesh


def _place_vertices(mesh, vertices):
    mesh.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(vertices, np.float32).ravel())


def build_texture(name: str, png: bytes) -> bpy.types.Image:
    """Make an image that is packed into the .blend file. Blender decodes its pixels only when it is shown."""
    image = bpy.data.images.new(name, 1, 1, alpha=False)
    image.source = "FILE"
    image.pack(data=png, data_len=len(png))
    return image


def build_material(name: str, image: bpy.types.Image | None) -> bpy.types.Material:
    """Make a skin material, coloured by the image if there is one."""
    material = bpy.data.materials.new(name)
    if material.node_tree is None:  # from Blender 5.0 on a new material has its nodes
        material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    shader = next(node for node in nodes if node.type == "BSDF_PRINCIPLED")
    shader.inputs["Roughness"].default_value = 0.5
    shader.inputs["Specular IOR Level"].default_value = 0.1  # the texture contains the highlights of the photo
    if image:
        texture = nodes.new("ShaderNodeTexImage")
        texture.image = image
        texture.location = shader.location.x - 320, shader.location.y
        links.new(texture.outputs["Color"], shader.inputs["Base Color"])
        nodes.active = texture  # what Solid view shows with colour set to Texture
    return material
