# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes keyframes off a baked head that it does not need."""

from itertools import pairwise

import bpy
import numpy as np

from ..data.thinning import needed
from .camera import camera_of
from .curves import curves_of
from .layout import units_per_metre

REACH = 0.1  # metres from the head's origin to its surface, where a turn moves it most


def thin_keys(head: bpy.types.Object, weight: float, millimetres: float) -> tuple[int, int]:
    """Remove keyframes from the curves of a baked head, its keys and its camera; return how many are left of how many.

    weight: that the value of a shape key may be off; millimetres: that the head may be
    """
    unit = millimetres * 1e-3 * units_per_metre(bpy.context.scene)
    errors = {"location": unit, "rotation_quaternion": millimetres * 1e-3 / REACH / 2, "scale": unit / REACH}
    left = before = 0
    for datablock in (head.data.shape_keys, head, camera_of(head)):
        for curve in curves_of(datablock) if datablock else []:
            is_key = curve.data_path.startswith("key_blocks")
            error = weight if is_key else errors.get(curve.data_path)
            if error is not None and len(curve.keyframe_points) > 2:
                before += len(curve.keyframe_points)
                _thin(curve, error)
                left += len(curve.keyframe_points)
    return left, before


def _thin(curve, error):
    """Keep steps, and what lines between keyframes need; a curve with handles is left alone."""
    codes = np.empty(len(curve.keyframe_points), np.int32)
    curve.keyframe_points.foreach_get("interpolation", codes)
    if (codes > 1).any():  # neither constant nor linear
        return
    points = np.empty(2 * len(codes), np.float32)
    curve.keyframe_points.foreach_get("co", points)
    times, values = points.reshape(-1, 2).T.astype(np.float64)
    kept = np.zeros(len(codes), bool)
    ends = [0, *(np.flatnonzero(codes[:-1] == 0) + 1).tolist(), len(codes)]
    for first, stop in pairwise(ends):
        kept[first:stop] = needed(times[first:stop], values[first:stop], error)
    curve.keyframe_points.clear()
    curve.keyframe_points.add(int(kept.sum()))
    curve.keyframe_points.foreach_set("co", points.reshape(-1, 2)[kept].ravel())
    curve.keyframe_points.foreach_set("interpolation", codes[kept])
    curve.update()
