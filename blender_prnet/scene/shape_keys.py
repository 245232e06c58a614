# SPDX-License-Identifier: GPL-3.0-or-later
"""Relative shape keys of heads, and the animation of their values."""

from collections.abc import Sequence

import bpy
import numpy as np

from ..data.coordinates import local_from_canonical
from ..data.shapes import ShapeKeys
from ..data.timing import Keyframes
from .curves import write_curves

BY_NAME = 200  # keys; beyond it, looking up each name at every frame takes too long: the square of their number


def animate_shape_keys(head: bpy.types.Object, neutral: np.ndarray, shapes: ShapeKeys, keys: Keyframes) -> None:
    """Give `head` the shape keys of a performance, animated at the keyframes `keys`.

    neutral: (N, 3) float32, local space, metres, the vertices of the head's mesh
    """
    if not shapes.names:
        return  # nothing moves in the clip
    head.shape_key_add(name="neutral", from_mix=False)
    for name, offsets in zip(shapes.names, shapes.offsets, strict=True):
        add_shape_key(head, name, neutral + local_from_canonical(offsets)).slider_min = shapes.lowest
    head.data.shape_keys.name = f"{head.name} keys"
    animate_values(head, shapes.names, shapes.values, keys)


def animate_values(head: bpy.types.Object, names: Sequence[str], values: np.ndarray, keys: Keyframes) -> None:
    """Animate the shape keys of these names, which `head` has; values: (F, B), of the rows that `keys` refers to."""
    datablock = head.data.shape_keys
    paths = [(value_path(datablock.key_blocks[name], len(names)), 0) for name in names]
    write_curves(datablock, paths, keys, values[keys.row])


def add_shape_key(head: bpy.types.Object, name: str, vertices: np.ndarray, value: float = 0.0) -> bpy.types.ShapeKey:
    """Add a shape key; vertices: (N, 3) float32, local space, metres."""
    key = head.shape_key_add(name=name, from_mix=False)
    key.points.foreach_set("co", vertices.ravel())
    key.value = value  # from Blender 5.0 on a new key is at 1
    return key


def value_path(block: bpy.types.ShapeKey, count: int) -> str:
    """Return the data path of the value of a shape key, one of `count`."""
    if count <= BY_NAME:
        return f"{block.path_from_id()}.value"
    return f"key_blocks[{block.id_data.key_blocks.find(block.name)}].value"
