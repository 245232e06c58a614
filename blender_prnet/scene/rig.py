# SPDX-License-Identifier: GPL-3.0-or-later
"""Empties that follow a baked head, and bones that play its performance."""

import bpy
import numpy as np

from ..data.rig import in_bone, jaw_turns, turns_of
from ..data.timing import Keyframes
from ..interface import live_link
from .blendshapes import read_blendshapes
from .camera import camera_of
from .curves import write_curves
from .head_properties import HeadProperties
from .motion import head_angles

SIZE = 0.03  # metres, of an Empty
MOST = 64  # Empties at chosen vertices


def add_empties(head: bpy.types.Object) -> list[bpy.types.Object]:
    """Add Empties at the head, at its eyes, and at the vertices that are selected in its mesh, and return them.

    Those of the eyes look along their -y axis as the eyes do.
    """
    made = [_empty(f"{head.name} place", head, "ARROWS")]
    turns = part_turns(head)
    for side, middle in _eyes(head).items():
        eye = _empty(f"{head.name} {side}", head, "SINGLE_ARROW")
        eye.location = middle
        if turns:
            _turn(eye, "rotation_quaternion", turns[side], turns["frames"])
            eye.rotation_mode = "QUATERNION"
        made.append(eye)
    chosen = [vertex.index for vertex in head.data.vertices if vertex.select][:MOST]
    for number in chosen if len(chosen) < len(head.data.vertices) else ():
        point = _empty(f"{head.name} vertex {number}", head, "PLAIN_AXES")
        point.parent_type, point.parent_vertices = "VERTEX", (number, 0, 0)
        made.append(point)
    return made


def drive_bones(head: bpy.types.Object, rig: bpy.types.Object, bones: dict[str, str]) -> list[str]:
    """Animate a rig's bones, whose character looks along -y, by the head's performance; return the parts that have one.

    bones: part of data.rig.BONES -> name of the bone, "" for none
    """
    turns = part_turns(head)
    driven = []
    for part, name in bones.items():
        bone = rig.pose.bones.get(name)
        if bone is not None and turns and part in turns:
            bone.rotation_mode = "QUATERNION"
            rest = np.array(bone.bone.matrix_local.to_quaternion())
            _turn(rig, f"{bone.path_from_id()}.rotation_quaternion", in_bone(turns[part], rest), turns["frames"])
            driven.append(part)
    return driven


def part_turns(head: bpy.types.Object) -> dict[str, np.ndarray]:
    """Return the rotations (S, 4) of head, jaw, eye_left and eye_right at the frames (S,) of the head's performance.

    The head's are against the camera. Empty without animated ARKit keys.
    """
    shapes, camera = read_blendshapes(head), camera_of(head)
    if shapes is None:
        return {}
    first, last = HeadProperties.of(head).frames
    frames = np.arange(first, last + 1)
    weights = np.zeros((len(frames), len(live_link.WEIGHTS)), np.float32)
    columns = {live_link.arkit_name(name): column for column, name in enumerate(live_link.WEIGHTS)}
    for name, values in zip(shapes.names, shapes.values.T, strict=True):
        weights[:, columns[live_link.arkit_name(name)]] = np.interp(frames, shapes.time, values)
    angles = live_link.eye_angles(weights)  # of the left eye, then of the right
    jaw = {name: weights[:, live_link.WEIGHTS.index(name)] for name in ("JawOpen", "JawLeft", "JawRight")}
    turns = {
        "frames": frames,
        "jaw": jaw_turns(jaw["JawOpen"], jaw["JawLeft"] - jaw["JawRight"]),
        "eye_left": turns_of(*angles.T[:3]),
        "eye_right": turns_of(*angles.T[3:]),
    }
    return turns if camera is None else {**turns, "head": turns_of(*head_angles(head, camera, frames).T)}


def _turn(thing, path, turns, frames):
    row = np.arange(len(frames))
    keys = Keyframes(row, frames.astype(float), row == row[-1])
    write_curves(thing, [(path, axis) for axis in range(4)], keys, turns)


def _eyes(head) -> dict[str, np.ndarray]:
    """Return the middles of the eyeballs, local space, by the material of the eyes; none on a capture's mesh."""
    slots = [number for number, slot in enumerate(head.material_slots) if slot.name.split(" ")[-1].startswith("eyes")]
    mesh = head.data
    used = {index for face in mesh.polygons if face.material_index in slots for index in face.vertices}
    places = np.array([mesh.vertices[index].co for index in sorted(used)]).reshape(-1, 3)
    sides = {"eye_left": places[places[:, 0] > 0], "eye_right": places[places[:, 0] < 0]}
    return {side: points.mean(0) for side, points in sides.items() if len(points)}


def _empty(name, head, kind):
    empty = bpy.data.objects.new(name, None)
    empty.empty_display_type, empty.empty_display_size = kind, SIZE
    empty.parent = head
    head.users_collection[0].objects.link(empty)
    return empty
