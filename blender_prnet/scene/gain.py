# SPDX-License-Identifier: GPL-3.0-or-later
"""The gain of a baked head's curves. The keyframes themselves are scaled, so that what was edited by hand goes along.

An action keeps the gain that its curves have. A key whose value exceeds 1 is shown at 1, and comes back with less gain.
"""

import re

import bpy
import numpy as np

from ..data.gain import GROUPS, group_of, mean_rotation, ratio, scaled_rotations
from ..interface import live_link
from .curves import curves_in, curves_of

ROTATION = "rotation_quaternion"


def face_action(head: bpy.types.Object) -> bpy.types.Action | None:
    """Return the action of the head's ARKit keys; None if they are not animated."""
    keys = head.data.shape_keys if head.type == "MESH" else None
    animation = keys and keys.animation_data
    action = animation and animation.action
    return action if action and any(_group(curve) for curve in curves_of(keys)) else None


def turning_action(head: bpy.types.Object) -> bpy.types.Action | None:
    """Return the action that turns the head; None if it does not turn, as where the camera moves."""
    turns = [curve for curve in curves_of(head) if curve.data_path == ROTATION]
    return head.animation_data.action if len(turns) == 4 else None


def apply_gain(action: bpy.types.Action) -> None:
    """Scale the curves of an action by how its gain, Action.prnet_gain, has changed since the last call."""
    gain = action.prnet_gain
    curves = curves_in(action)
    for place, group in enumerate(GROUPS):
        factor = ratio(getattr(gain, group), gain.applied[place])
        for curve in curves if factor != 1 else ():
            if _group(curve) == group:
                _scale(curve, factor)
        gain.applied[place] = getattr(gain, group)
    factor = ratio(gain.head, gain.applied[len(GROUPS)])
    turns = sorted((curve for curve in curves if curve.data_path == ROTATION), key=lambda curve: curve.array_index)
    if factor != 1 and len(turns) == 4:
        _turn(turns, gain, factor)
    gain.applied[len(GROUPS)] = gain.head


def rescale(action: bpy.types.Action) -> None:
    """Apply the gain of an action to curves that were written again and have none yet."""
    action.prnet_gain.applied = [1.0] * (len(GROUPS) + 1)
    action.prnet_gain.middle = [0.0] * 4
    apply_gain(action)


def _group(curve):
    named = re.fullmatch(r'key_blocks\["(.*)"\]\.value', curve.data_path)
    return group_of(live_link.arkit_name(named[1])) if named else None


def _scale(curve, factor):
    for name in ("co", "handle_left", "handle_right"):
        points = np.empty(2 * len(curve.keyframe_points), np.float32)
        curve.keyframe_points.foreach_get(name, points)
        points[1::2] *= factor
        curve.keyframe_points.foreach_set(name, points)
    curve.update()


def _turn(curves, gain, factor):
    """Scale the turns that four curves show from their mean, which stays the same from the first change on."""
    times = np.unique(np.concatenate([_times(curve) for curve in curves]))
    turns = np.array([[curve.evaluate(float(time)) for curve in curves] for time in times])
    turns /= np.linalg.norm(turns, axis=1, keepdims=True)
    if not any(gain.middle):
        gain.middle = mean_rotation(turns)
    scaled = scaled_rotations(turns, np.array(gain.middle), factor)
    for curve, column in zip(curves, scaled.T, strict=True):
        code = curve.keyframe_points[0].interpolation
        held = {round(point.co.x, 4) for point in curve.keyframe_points if point.interpolation == "CONSTANT"}
        curve.keyframe_points.clear()
        curve.keyframe_points.add(len(times))
        curve.keyframe_points.foreach_set("co", np.column_stack([times, column]).astype(np.float32).ravel())
        for point, time in zip(curve.keyframe_points, times, strict=True):
            point.interpolation = "CONSTANT" if round(float(time), 4) in held else code
        curve.update()


def _times(curve):
    points = np.empty(2 * len(curve.keyframe_points), np.float32)
    curve.keyframe_points.foreach_get("co", points)
    return points[::2]
