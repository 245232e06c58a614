# SPDX-License-Identifier: GPL-3.0-or-later
"""Animation of blendshapes: from a baked head to any mesh with shape keys that show the same."""

from dataclasses import dataclass

import bpy
import numpy as np

from ..data.timing import Keyframes
from .curves import curves_of, write_curves
from .key_names import SPELT, arkit_blocks, moved_blocks
from .shape_keys import value_path


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
    """Tell whether an object has shape keys that show ARKit's blendshapes."""
    return bool(arkit_blocks(thing))


def apply_blendshapes(thing: bpy.types.Object, shapes: Blendshapes) -> int:
    """Animate the keys of `thing` that show blendshapes of `shapes`, and return how many there are.

    The animation is a new action. The previous action gets a fake user, so that it is kept.
    """
    moved = moved_blocks(thing, shapes.names)
    if moved:
        datablock = thing.data.shape_keys
        animation = datablock.animation_data_create()
        if animation.action:
            animation.action.use_fake_user = True
            animation.action = None
        row = np.arange(len(shapes.time))
        paths = [(value_path(block, len(datablock.key_blocks)), 0) for block, _ in moved]
        keys = Keyframes(row, shapes.time, row == row[-1])
        write_curves(datablock, paths, keys, weights_of(moved, shapes.values))
    return len(moved)


def weights_of(moved: list[tuple[bpy.types.ShapeKey, list[int]]], values: np.ndarray) -> np.ndarray:
    """Return the values (T, K) of K keys as by moved_blocks, given those of the blendshapes (T, W)."""
    return np.stack([values[:, places].mean(1) for _, places in moved], 1)


def _animated(thing):
    """Return name of the blendshape, one of data.live.NAMES -> F-curve of the key's value."""
    blocks = arkit_blocks(thing)
    if not blocks:
        return {}
    curves = {curve.data_path: curve for curve in curves_of(thing.data.shape_keys)}
    count = len(thing.data.shape_keys.key_blocks)
    paths = {name: [value_path(block, count) for block in same] for name, same in blocks.items()}
    first = {name: next((path for path in same if path in curves), None) for name, same in paths.items()}
    return {SPELT[name]: curves[path] for name, path in first.items() if path}
