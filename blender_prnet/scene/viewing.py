# SPDX-License-Identifier: GPL-3.0-or-later
"""Turns the 3D View to captured heads. Functions do nothing where the context has none."""

import math
from collections.abc import Sequence

import bpy
import numpy as np
from bpy_extras.object_utils import world_to_camera_view
from mathutils import Quaternion, Vector

from .head_properties import kind_of

FRONT = Quaternion((1, 0, 0), math.pi / 2)
DISTANCE = 3.0  # of a turned view from a head, in the head's largest side
MARGIN = 1.15  # of a view of many heads
FILM = 72.0  # millimetres, of a 3D View along its longer side, for its focal length


def look_through_camera(context: bpy.types.Context, head: bpy.types.Object) -> None:
    """Look through the scene's camera; if the user turns the view then, it goes round the head."""
    if context.area and context.area.type == "VIEW_3D":
        low, high = box_of([head])
        _look_from_front(context, (low + high) / 2, DISTANCE * (high - low).max())
        context.space_data.region_3d.view_perspective = "CAMERA"


def frame_heads(context: bpy.types.Context, heads: Sequence[bpy.types.Object]) -> None:
    """Look at all of the heads from the front, between the toolbar and the sidebar."""
    if context.area and context.area.type == "VIEW_3D":
        low, high = box_of(heads)
        width, height, left, right = _room(context.area)
        pixel = FILM / context.space_data.lens / max(width, height)  # how large one is, at a distance of 1
        depth = MARGIN * max((high - low)[[0, 2]] / [width - left - right, height]) / pixel
        place = (low + high) / 2
        place[0] += (right - left) / 2 * pixel * depth
        _look_from_front(context, place, depth + (high - low)[1] / 2)
        context.space_data.region_3d.view_perspective = "PERSP"


def _room(area):
    """Return width and height of a 3D View, and how much the toolbar and the sidebar cover of it, pixels."""
    regions = {region.type: region for region in area.regions}
    covered = [regions[kind].width if kind in regions else 0 for kind in ("TOOLS", "UI")]
    return regions["WINDOW"].width, regions["WINDOW"].height, *covered


def heads_seen_by(scene: bpy.types.Scene, camera: bpy.types.Object) -> list[bpy.types.Object]:
    """Return the visible captured heads whose middle is in the camera's frame."""
    seen = []
    for thing in scene.objects:
        if kind_of(thing) and thing.visible_get():
            x, y, _ = world_to_camera_view(scene, camera, Vector(sum(box_of([thing])) / 2))
            if 0 < x < 1 and 0 < y < 1:
                seen.append(thing)
    return seen


def box_of(things: Sequence[bpy.types.Object]) -> tuple[np.ndarray, np.ndarray]:
    """Return the lowest and the highest corner (3,) of objects in the world."""
    corners = [thing.matrix_world @ Vector(corner) for thing in things for corner in thing.bound_box]
    points = np.array(corners)
    return points.min(0), points.max(0)


def _look_from_front(context, place, distance):
    view = context.space_data.region_3d
    view.view_rotation, view.view_location, view.view_distance = FRONT, place.tolist(), float(distance)
