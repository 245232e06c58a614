# SPDX-License-Identifier: GPL-3.0-or-later
"""Animation of blendshapes by their names: from a baked head to any mesh with shape keys of the same names."""

from dataclasses import dataclass

import bpy
import numpy as np

from ..data.timing import Keyframes
from ..interface import live_link
from .curves import curves_of, write_curves
from .shape_keys import value_path

STANDARD = {live_link.arkit_name(name) for name in live_link.WEIGHTS}


@dataclass(frozen=True)
class Blendshapes:
    """The animation of W blendshapes.

    names: of the blendshapes
    time: (T,) float64, rising, scene frames
    values: (T, W) float32
    """

    names: tuple[str, ...]
    time: np.ndarray
    values: np.ndarray


def read_blendshapes(head: bpy.types.Object) -> Blendshapes | None:
    """Return the animated ARKit keys of `head` at all their keyframes; None if it has none."""
    curves = _animated(head)
    if not curves:
        return None
    times = [np.empty(2 * len(curve.keyframe_points), np.float32) for curve in curves.values()]
    for time, curve in zip(times, curves.values(), strict=True):
        curve.keyframe_points.foreach_get("co", time)
    time = np.unique(np.concatenate([time[::2] for time in times])).astype(np.float64)
    values = [[curve.evaluate(at) for at in time] for curve in curves.values()]
    shown = np.clip(np.array(values, np.float32).T, 0, 1)  # curves with gain may go on beyond
    return Blendshapes(tuple(curves), time, shown)


def takes_blendshapes(thing: bpy.types.Object) -> bool:
    """Tell whether an object has shape keys with names of ARKit's blendshapes."""
    return bool(arkit_blocks(thing))


def apply_blendshapes(thing: bpy.types.Object, shapes: Blendshapes) -> int:
    """Animate the keys of `thing` that have names in `shapes`, and return how many there are.

    The animation is a new action. The previous action gets a fake user, so that it is kept.
    """
    blocks = arkit_blocks(thing)
    pairs = [
        (block, column)
        for column, name in enumerate(shapes.names)
        for block in blocks.get(live_link.arkit_name(name), ())
    ]
    if pairs:
        datablock = thing.data.shape_keys
        animation = datablock.animation_data_create()
        if animation.action:
            animation.action.use_fake_user = True
            animation.action = None
        row = np.arange(len(shapes.time))
        paths = [(value_path(block, len(datablock.key_blocks)), 0) for block, _ in pairs]
        keys = Keyframes(row, shapes.time, row == row[-1])
        write_curves(datablock, paths, keys, shapes.values[:, [column for _, column in pairs]])
    return len(pairs)


def arkit_blocks(thing: bpy.types.Object) -> dict[str, list[bpy.types.ShapeKey]]:
    """Return name, as live_link.arkit_name spells it, -> the shape keys of `thing` that mean this blendshape."""
    if thing.type != "MESH" or thing.data.shape_keys is None:
        return {}
    blocks: dict[str, list[bpy.types.ShapeKey]] = {}
    for block in thing.data.shape_keys.key_blocks:
        name = live_link.arkit_name(block.name)
        if name in STANDARD:
            blocks.setdefault(name, []).append(block)
    return blocks


def _animated(thing):
    """Return name of the shape key -> F-curve of its value."""
    blocks = arkit_blocks(thing)
    if not blocks:
        return {}
    curves = {curve.data_path: curve for curve in curves_of(thing.data.shape_keys)}
    count = len(thing.data.shape_keys.key_blocks)
    paths = {block.name: value_path(block, count) for same in blocks.values() for block in same}
    return {name: curves[path] for name, path in paths.items() if path in curves}
