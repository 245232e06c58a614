# SPDX-License-Identifier: GPL-3.0-or-later
"""F-curves from arrays, with many keyframes at once."""

from collections.abc import Sequence

import bpy
import numpy as np

from ..data.timing import Keyframes

CONSTANT, LINEAR = 0, 1  # codes of Keyframe.interpolation


def write_curves(
    datablock: bpy.types.ID, paths: Sequence[tuple[str, int]], keys: Keyframes, values: np.ndarray, steps: bool = False
) -> None:
    """Animate properties of `datablock`, in its action or in a new one, linearly between the keyframes.

    Keyframes that the properties have already are replaced.

    paths: data path and index of P properties
    values: (M, P), the values of the properties at the M keyframes; keyframes that change nothing are left out
    steps: whether values jump instead
    """
    animation = datablock.animation_data_create()
    if animation.action is None:
        animation.action = bpy.data.actions.new(f"{datablock.name} action")
    held = keys.last | steps
    for (path, index), column in zip(paths, np.asarray(values, np.float32).T, strict=True):
        needed = _changing(column)
        curve = _curve(animation.action, datablock, path, index)
        points = curve.keyframe_points
        points.clear()
        points.add(int(needed.sum()))
        points.foreach_set("co", np.stack([keys.time[needed], column[needed]], 1).astype(np.float32).ravel())
        points.foreach_set("interpolation", np.where(held[needed], CONSTANT, LINEAR).astype(np.int32))
        curve.update()


def curves_of(datablock: bpy.types.ID) -> list[bpy.types.FCurve]:
    """Return all F-curves of the datablock's action."""
    animation = datablock.animation_data
    if animation is None or animation.action is None:
        return []
    slot = getattr(animation, "action_slot", None)  # from Blender 4.4 on
    return curves_in(animation.action, slot and slot.handle)


def curves_in(action: bpy.types.Action, slot: int | None = None) -> list[bpy.types.FCurve]:
    """Return all F-curves of an action; slot: handle of the slot that they belong to, None for all."""
    if hasattr(action, "fcurves") and not hasattr(action, "layers"):  # up to Blender 4.3
        return list(action.fcurves)
    bags = [bag for layer in action.layers for strip in layer.strips for bag in strip.channelbags]
    return [curve for bag in bags if slot in (None, bag.slot_handle) for curve in bag.fcurves]


def _changing(column: np.ndarray) -> np.ndarray:
    """Return (M,) bool, True for the first keyframe and for those that differ from the one before or after."""
    changes = np.flatnonzero(np.diff(column))
    needed = np.zeros(len(column), bool)
    needed[0] = needed[changes] = needed[changes + 1] = True
    return needed


def _curve(action, datablock, path, index):
    if hasattr(action, "fcurve_ensure_for_datablock"):  # from Blender 4.4 on
        return action.fcurve_ensure_for_datablock(datablock, path, index=index)
    return action.fcurves.find(path, index=index) or action.fcurves.new(path, index=index)
