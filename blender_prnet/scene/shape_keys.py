# SPDX-License-Identifier: GPL-3.0-or-later
"""Shapes as relative shape keys with animated values."""

import bpy
import numpy as np

from ..data.coordinates import local_from_canonical
from ..data.shapes import ShapeKeys
from ..data.timing import Keyframes
from .curves import write_curves

BY_NAME = 200  # keys; Blender looks each name up at every frame, which takes the square of their number


def animate_shape_keys(head: bpy.types.Object, neutral: np.ndarray, shapes: ShapeKeys, keys: Keyframes) -> None:
    """Give `head`, whose mesh has the vertices `neutral` (N, 3) f4 in local space, the keys of `shapes`."""
    if not shapes.names:
        return  # nothing moves in the clip
    head.shape_key_add(name="neutral", from_mix=False)
    blocks = [head.shape_key_add(name=name, from_mix=False) for name in shapes.names]
    for block, offsets in zip(blocks, shapes.offsets, strict=True):
        block.slider_min = shapes.lowest
        block.points.foreach_set("co", (neutral + local_from_canonical(offsets)).ravel())
    datablock = head.data.shape_keys
    datablock.name = f"{head.name} keys"
    write_curves(datablock, [(value_path(block, len(blocks)), 0) for block in blocks], keys, shapes.values[keys.row])


def value_path(block: bpy.types.ShapeKey, count: int) -> str:
    """The data path of the value of `block`, one of `count` keys."""
    if count <= BY_NAME:
        return f"{block.path_from_id()}.value"
    return f"key_blocks[{block.id_data.key_blocks.find(block.name)}].value"
