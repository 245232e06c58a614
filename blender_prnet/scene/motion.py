# SPDX-License-Identifier: GPL-3.0-or-later
"""The motion of the head in a clip, as animation of the head or of the camera.

Before a camera with the clip's lens the head is life-size, and where it was. Before an orthographic camera a head that
comes nearer becomes larger: the head's scale is animated, or the camera's orthographic scale, and the head is life-size
at the clip's median scale.
"""

import math
from dataclasses import replace
from typing import Literal

import bpy
import numpy as np
from mathutils import Matrix, Quaternion, Vector

from ..data.coordinates import CAMERA_AXES, PhotoPlacement, place_photo
from ..data.performance import Performance
from ..data.timing import Keyframes
from .camera import see_depth
from .curves import curves_of, write_curves

LOCATION = [("location", axis) for axis in range(3)]
ROTATION = [("rotation_quaternion", axis) for axis in range(4)]
SCALE = [("scale", axis) for axis in range(3)]
ORTHO_SCALE = [("ortho_scale", 0)]
AHEAD = Vector((0, 0, -1))  # where a camera looks, in its own space


def still_placement(performance: Performance, offset: float, metre: float) -> PhotoPlacement:
    """Place the clip before a camera that stands still. The head at its median scale is in the photo's plane."""
    pose = replace(performance.pose(0), scale=float(np.median(performance.scale)))
    return place_photo(pose, performance.image_size, offset, moves="head", metre=metre)


def animate_motion(
    head: bpy.types.Object,
    camera: bpy.types.Object,
    performance: Performance,
    keys: Keyframes,
    moves: Literal["head", "camera"],
    placement: PhotoPlacement,
) -> None:
    """Animate `head` in front of a still `camera`, or `camera` around a still `head`.

    placement: of the clip in front of the still camera, see still_placement.
    """
    poses = [performance.pose(row) for row in keys.row]
    for pose in poses:
        see_depth(camera.data, placement.depth_of(pose), placement.metre)
    flat = placement.camera is None
    if moves == "head":
        _animate(head, [placement.head_matrix(pose) for pose in poses], keys, scales=flat)
        return
    offset, metre = placement.offset, placement.metre
    head.matrix_world = Matrix.LocRotScale((offset, 0, 0), None, (metre, metre, metre))
    placements = [place_photo(pose, performance.image_size, offset, moves="camera", metre=metre) for pose in poses]
    _animate(camera, [each.camera_matrix() for each in placements], keys, scales=False)
    if flat:
        write_curves(camera.data, ORTHO_SCALE, keys, np.array([[each.ortho_scale] for each in placements]))


def head_angles(head: bpy.types.Object, camera: bpy.types.Object, frames: np.ndarray) -> np.ndarray:
    """Return yaw, pitch and roll (S, 3), radians, of the head as the camera sees it at scene frames (S,).

    They are against the direction from the camera to the head, or the camera's axis if it is orthographic. Their signs
    are those of Live Link Face, see nets/interface/live_link.py.
    """
    upright = Matrix(CAMERA_AXES.tolist()).to_quaternion()
    angles = []
    turns, looks = _rotations(head, frames), _rotations(camera, frames)
    places = zip(_locations(head, frames), _locations(camera, frames), strict=True)
    for turn, look, (there, here) in zip(turns, looks, places, strict=True):
        seen = look.inverted() @ turn
        if camera.data.type == "PERSP":
            seen = (look.inverted() @ (there - here)).rotation_difference(AHEAD) @ seen
        seen = upright @ seen
        side, back, up = seen.to_matrix().transposed()
        angles.append((math.atan2(-back.x, back.y), math.asin(max(min(-back.z, 1), -1)), math.atan2(side.z, up.z)))
    return np.array(angles)


def _locations(thing: bpy.types.Object, frames: np.ndarray) -> list[Vector]:
    curves = [curve for curve in curves_of(thing) if curve.data_path == "location"]
    if len(curves) < 3:
        return [thing.matrix_world.translation.copy()] * len(frames)
    curves.sort(key=lambda curve: curve.array_index)
    return [Vector([curve.evaluate(float(frame)) for curve in curves]) for frame in frames]


def _rotations(thing: bpy.types.Object, frames: np.ndarray) -> list[Quaternion]:
    curves = [curve for curve in curves_of(thing) if curve.data_path == "rotation_quaternion"]
    if len(curves) < 4:
        return [thing.matrix_world.to_quaternion()] * len(frames)
    curves.sort(key=lambda curve: curve.array_index)
    return [Quaternion([curve.evaluate(float(frame)) for curve in curves]).normalized() for frame in frames]


def _animate(thing: bpy.types.Object, matrices: list[np.ndarray], keys: Keyframes, scales: bool) -> None:
    thing.rotation_mode = "QUATERNION"
    rows, last = [], None
    for matrix in matrices:
        location, rotation, scale = Matrix(matrix.tolist()).decompose()
        if last is not None:
            rotation.make_compatible(last)  # q and -q are the same rotation, but interpolation between them is not
        rows.append((*location, *rotation, *scale))
        last = rotation
    values = np.array(rows)
    thing.matrix_world = Matrix(matrices[0].tolist())
    paths = LOCATION + ROTATION + (SCALE if scales else [])
    write_curves(thing, paths, keys, values[:, : len(paths)])
