# SPDX-License-Identifier: GPL-3.0-or-later
"""The rotation of a head, on an object or a bone of the user's choice."""

from __future__ import annotations

import itertools
from collections.abc import Iterable

import bpy
import numpy as np
from mathutils import Quaternion

from ..data.timing import Keyframes
from .curves import write_curves

ROTATION = [("rotation_quaternion", axis) for axis in range(4)]
Turnable = bpy.types.Object | bpy.types.PoseBone


def turnable(head: bpy.types.Object, bone: str) -> Turnable | None:
    """Return what turns: the bone of that name if `head` is an armature, else the object; None if the bone is gone."""
    if head.type != "ARMATURE" or not bone:
        return head
    return head.pose.bones.get(bone)


def rotation_of(thing: Turnable) -> Quaternion:
    """Return the present rotation, against which the head turns."""
    return thing.matrix_basis.to_quaternion()


def set_turn(thing: Turnable, at_rest: Quaternion, turn: Quaternion) -> None:
    """Turn a thing. turn: about the head's axes (x right, z up, looking along -y)."""
    thing.rotation_mode = "QUATERNION"
    thing.rotation_quaternion = at_rest @ _in_axes_of(thing, turn)


def animate_turn(thing: Turnable, at_rest: Quaternion, turns: Iterable, keys: Keyframes, name: str) -> None:
    """Animate a thing by a new action of that name. turns: (F, 4), quaternions, of which each is as in set_turn."""
    turned = [at_rest @ _in_axes_of(thing, Quaternion(row)) for row in turns]
    for before, after in itertools.pairwise(turned):
        after.make_compatible(before)
    thing.rotation_mode = "QUATERNION"
    prefix = f'pose.bones["{bpy.utils.escape_identifier(thing.name)}"].' if _is_bone(thing) else ""
    new_action(thing.id_data, name)
    write_curves(thing.id_data, [(prefix + path, axis) for path, axis in ROTATION], keys, np.array(turned))


def new_action(datablock: bpy.types.ID, name: str) -> None:
    """Give a datablock a new action; the one it has is kept in the file."""
    animation = datablock.animation_data_create()
    if animation.action:
        animation.action.use_fake_user = True
    animation.action = bpy.data.actions.new(name)
    animation.action.use_fake_user = True


def _is_bone(thing: Turnable) -> bool:
    return isinstance(thing, bpy.types.PoseBone)


def _in_axes_of(thing: Turnable, turn: Quaternion) -> Quaternion:
    """Return a rotation about the head's axes as one about the thing's own axes."""
    if not _is_bone(thing):
        return turn
    rest = thing.bone.matrix_local.to_quaternion()  # the armature's axes are the head's
    return rest.inverted() @ turn @ rest
