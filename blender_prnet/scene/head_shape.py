# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a whole head under its sliders and the user's sculpting, which add to what was captured."""

import bpy
import numpy as np

from ..data.coordinates import local_from_canonical
from ..data.head_shape import MEASURES, slider_offsets, vertex_count
from ..installation import HEAD_FILE, LAYOUT_FILE
from .head import move_vertices

CAPTURED = "captured"  # attribute of the mesh: the vertices at rest as the photo has them, local space, metres


def has_sliders(mesh: bpy.types.Mesh) -> bool:
    """Tell whether the sliders know this mesh: it is the extension's own head with all its vertices."""
    return CAPTURED in mesh.attributes and len(mesh.vertices) == vertex_count(HEAD_FILE)


def apply_sliders(mesh: bpy.types.Mesh) -> None:
    """Move a head and all its keys from where the sliders were to where they are; what was sculpted stays on top."""
    if mesh.is_editmode or not has_sliders(mesh):
        return
    change = slider_values(mesh) - np.array(mesh.prnet_shape.applied, np.float32)
    if change.any():
        moved = np.flatnonzero(change)
        offsets = np.tensordot(change[moved], slider_offsets(HEAD_FILE, LAYOUT_FILE)[moved], 1)
        move_vertices(mesh, local_from_canonical(offsets))
        mesh.prnet_shape.applied = slider_values(mesh)


def slider_values(mesh: bpy.types.Mesh) -> np.ndarray:
    """Return the sliders' values (S,) float32, in the order of their offsets."""
    shape = mesh.prnet_shape
    return np.array([*(getattr(shape, name) for name in MEASURES), *shape.components], np.float32)


def reset_sliders(mesh: bpy.types.Mesh) -> None:
    """Set all sliders to 0: the head is as in the photo again, with what was sculpted on top."""
    shape = mesh.prnet_shape
    for name in (*MEASURES, "components"):
        shape.property_unset(name)
    apply_sliders(mesh)


def note_captured(mesh: bpy.types.Mesh, rest: np.ndarray) -> None:
    """Keep the head at rest (V, 3) float32 as it was captured, local space, metres, in its new mesh."""
    mesh.attributes.new(CAPTURED, "FLOAT_VECTOR", "POINT").data.foreach_set("vector", rest.ravel())


def carry_changes(old: bpy.types.Mesh, new: bpy.types.Mesh) -> None:
    """Give a new capture of a head the sliders and the sculpting of its old mesh, if both have the same vertices."""
    if CAPTURED not in old.attributes or len(old.vertices) != len(new.vertices):
        return
    captured = np.empty((len(old.vertices), 3), np.float32)
    old.attributes[CAPTURED].data.foreach_get("vector", captured.ravel())
    changes = rest_of(old) - captured
    if changes.any():
        move_vertices(new, changes)
    new.prnet_shape.applied = old.prnet_shape.applied
    for name in (*MEASURES, "components"):
        setattr(new.prnet_shape, name, getattr(old.prnet_shape, name))


def rest_of(mesh: bpy.types.Mesh) -> np.ndarray:
    """Return the vertices (V, 3) float32 of a head without any key, local space, metres."""
    rest = np.empty((len(mesh.vertices), 3), np.float32)
    (mesh.shape_keys.reference_key.points if mesh.shape_keys else mesh.vertices).foreach_get("co", rest.ravel())
    return rest


def give_shapes(head: bpy.types.Object, names: tuple[str, ...], offsets: np.ndarray) -> int:
    """Give the keys of these names other offsets (B, V, 3) float32, canonical millimetres, and return how many it has.

    Their values and animation stay. A head that has other vertices than the offsets is left as it is.
    """
    keys = head.data.shape_keys
    if keys is None or offsets.shape[1] != len(head.data.vertices):
        return 0
    rest, blocks = rest_of(head.data), keys.key_blocks
    found = [(blocks[name], offset) for name, offset in zip(names, offsets, strict=True) if name in blocks]
    for block, offset in found:
        block.points.foreach_set("co", (rest + local_from_canonical(offset)).ravel())
    head.data.update()
    return len(found)
