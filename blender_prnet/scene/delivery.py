# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole head as other programs ask for it: at rest, in centimetres, its parts apart, its textures beside it."""

from collections.abc import Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path

import bpy
import numpy as np

from .head import build_material

CENTIMETRES = 100.0  # per metre


class DeliveryError(Exception):
    """A head cannot be delivered. The message says why, and what to do."""


class Target(StrEnum):
    """The program that a head is for."""

    METAHUMAN = "metahuman"  # Mesh to MetaHuman of the Unreal Engine: FBX, z up
    CHARACTER_CREATOR = "character_creator"  # Reallusion's Headshot: OBJ, y up


def deliver(scene: bpy.types.Scene, head: bpy.types.Object, folder: Path, target: Target) -> Path:
    """Write a whole head and its textures into a folder, which is made, and return the head's file.

    Every material's faces become an object of its own, without the pose, at rest: no shape key is applied. Raises
    DeliveryError.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise DeliveryError(f"{folder} cannot be made: {error.strerror}. Choose another folder") from None
    path, export = folder / FILES[target], EXPORTS[target]
    with _parts_apart(scene, head, folder) as collection:
        try:
            export(path, collection)
        except AttributeError:
            raise DeliveryError("Blender's FBX format is off: enable it in Preferences, Add-ons") from None
        except RuntimeError as error:
            raise DeliveryError(f"{path} cannot be written: {_reason(error)}") from None
    return path


def _export_fbx(path, collection):
    bpy.ops.export_scene.fbx(
        filepath=str(path),
        collection=collection.name,
        object_types={"MESH"},
        axis_forward="-Y",
        axis_up="Z",
        global_scale=1 / CENTIMETRES,  # the exporter takes metres
        apply_unit_scale=False,
        mesh_smooth_type="FACE",
        path_mode="RELATIVE",
    )


def _export_obj(path, collection):
    bpy.ops.wm.obj_export(
        filepath=str(path),
        collection=collection.name,
        forward_axis="NEGATIVE_Z",
        up_axis="Y",
        export_triangulated_mesh=False,
        path_mode="RELATIVE",
    )


FILES = {Target.METAHUMAN: "head.fbx", Target.CHARACTER_CREATOR: "head.obj"}
EXPORTS = {Target.METAHUMAN: _export_fbx, Target.CHARACTER_CREATOR: _export_obj}


@contextmanager
def _parts_apart(scene: bpy.types.Scene, head: bpy.types.Object, folder: Path) -> Iterator[bpy.types.Collection]:
    """Keep a collection in the scene with an object for every part of the head; their textures are written."""
    collection = bpy.data.collections.new("parts")
    scene.collection.children.link(collection)
    made: list[bpy.types.ID] = []
    try:
        for slot, material in enumerate(head.data.materials):
            mesh = _part_mesh(head, slot)
            if mesh is None:
                continue
            part = material.name.removeprefix(head.name).strip() if material else f"part {slot}"
            image = _write_texture(material, folder / f"{part}.png") if material else None
            copy = build_material(part, image)
            colour = material.diffuse_color if material and image is None else (1, 1, 1, 1)
            shader = next(node for node in copy.node_tree.nodes if node.type == "BSDF_PRINCIPLED")
            shader.inputs["Base Color"].default_value = colour
            mesh.materials.append(copy)
            thing = bpy.data.objects.new(part, mesh)
            collection.objects.link(thing)
            made += [thing, mesh, copy, *([image] if image else [])]
        yield collection
    finally:
        bpy.data.batch_remove([*made, collection])


def _part_mesh(head, slot):
    """Return the mesh of the faces with this material, at rest, in centimetres; None if there are none."""
    mesh = head.data
    points = np.empty((len(mesh.vertices), 3), np.float32)
    rest = mesh.shape_keys.reference_key.points if mesh.shape_keys else mesh.vertices
    rest.foreach_get("co", points.ravel())
    corners, uv = np.empty(len(mesh.loops), np.int32), np.zeros((len(mesh.loops), 2), np.float32)
    mesh.loops.foreach_get("vertex_index", corners)
    if mesh.uv_layers.active:
        mesh.uv_layers.active.uv.foreach_get("vector", uv.ravel())
    material, size = (np.empty(len(mesh.polygons), np.int32) for _ in range(2))
    mesh.polygons.foreach_get("material_index", material)
    mesh.polygons.foreach_get("loop_total", size)
    own = material == slot
    if not own.any():
        return None
    used = np.repeat(own, size)
    kept, corners = np.unique(corners[used], return_inverse=True)
    part = bpy.data.meshes.new("part")
    part.vertices.add(len(kept))
    part.vertices.foreach_set("co", CENTIMETRES * points[kept].ravel())
    part.loops.add(len(corners))
    part.loops.foreach_set("vertex_index", corners.astype(np.int32))
    part.polygons.add(int(own.sum()))
    part.polygons.foreach_set("loop_start", (np.cumsum(size[own]) - size[own]).astype(np.int32))
    part.uv_layers.new(name="UVMap").uv.foreach_set("vector", uv[used].ravel())
    part.update(calc_edges=True)
    part.shade_smooth()
    return part


def _write_texture(material, path):
    """Write the image that colours a material, and return it as an image of that file; None if there is none."""
    nodes = material.node_tree.nodes if material.node_tree else ()
    images = [node.image for node in nodes if node.type == "TEX_IMAGE" and node.image]
    if not images:
        return None
    copy = images[0].copy()
    try:
        copy.file_format = "PNG"
        copy.save(filepath=str(path))
    except RuntimeError as error:
        raise DeliveryError(f"{path} cannot be written: {_reason(error)}") from None
    finally:
        bpy.data.images.remove(copy)
    return bpy.data.images.load(str(path))


def _reason(error):
    """Return what a Blender operator or function reports, without its prefix."""
    return str(error).removeprefix("Error: ").strip()
