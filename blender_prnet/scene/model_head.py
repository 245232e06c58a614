# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts a captured head on the mesh of a head model: a material per part, ARKit's shape keys."""

import bpy
import numpy as np

from ..data.coordinates import local_from_canonical
from ..data.model_head import TOPOLOGIES, ModelHead
from .head import head_name
from .head_properties import HeadProperties, change_properties, kind_of
from .head_shape import carry_changes, note_captured
from .part_materials import build_part_material
from .shape_keys import add_shape_key


def topology_of(properties: HeadProperties) -> str:
    """Return the topology of a head's mesh, as the worker's messages have it; grid for the capture's own."""
    return next((name for name, value in TOPOLOGIES.items() if value == properties.topology), "grid")


def is_whole_head(thing: bpy.types.Object | None) -> bool:
    """Tell whether `thing` is a captured head on the mesh of a head model."""
    return kind_of(thing) is not None and thing.type == "MESH" and topology_of(HeadProperties.of(thing)) != "grid"


def put_on_model(head: bpy.types.Object, model_head: ModelHead) -> None:
    """Give `head` the mesh of `model_head`. The object keeps its place, its parents and its properties.

    If its mesh was of that model before, what sliders and sculpting have changed of it is kept on top of the new one.
    """
    before, head.data = head.data, _build_mesh(head.name, model_head)
    change_properties(head, topology=TOPOLOGIES[model_head.topology])
    _add_shapes(head, model_head)
    carry_changes(before, head.data)


def build_model_head(name: str, model_head: ModelHead) -> bpy.types.Object:
    """Make a head object with the mesh of `model_head`. It is not linked to a collection yet."""
    head = bpy.data.objects.new(head_name(name), _build_mesh(head_name(name), model_head))
    _add_shapes(head, model_head)
    return head


def _add_shapes(head, model_head):
    if not model_head.shapes:
        return
    rest = local_from_canonical(model_head.vertices)
    head.shape_key_add(name="Basis", from_mix=False)
    for shape, offsets, value in zip(model_head.shapes, model_head.offsets, model_head.values, strict=True):
        add_shape_key(head, shape, rest + local_from_canonical(offsets.astype(np.float32)), float(value))
    head.data.shape_keys.name = f"{head.name} keys"
    note_captured(head.data, rest)


def _build_mesh(name, model_head):
    faces = model_head.faces
    corner = faces >= 0
    mesh = bpy.data.meshes.new(name)
    mesh.vertices.add(len(model_head.vertices))
    mesh.attributes["position"].data.foreach_set("vector", local_from_canonical(model_head.vertices).ravel())
    mesh.loops.add(int(corner.sum()))
    mesh.loops.foreach_set("vertex_index", faces[corner].astype(np.int32))
    mesh.polygons.add(len(faces))
    sizes = corner.sum(1)
    mesh.polygons.foreach_set("loop_start", (np.cumsum(sizes) - sizes).astype(np.int32))
    mesh.polygons.foreach_set("material_index", model_head.part.astype(np.int32))
    uv = model_head.uv[model_head.face_uv[corner]]
    mesh.uv_layers.new(name="UVMap").uv.foreach_set("vector", np.ascontiguousarray(uv, np.float32).ravel())
    mesh.update(calc_edges=True)
    mesh.validate()
    mesh.shade_smooth()
    for part in model_head.parts:
        mesh.materials.append(build_part_material(f"{name} {part}", part, model_head.textures))
    return mesh
