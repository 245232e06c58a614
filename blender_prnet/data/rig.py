# SPDX-License-Identifier: GPL-3.0-or-later
"""How far a performance turns head, jaw and eyes, for bones and Empties, and which bones those are.

Rotations are quaternions w, x, y, z (S, 4) in Blender's axes: x to the viewer's right, z up, the face looks along -y.
"""

from collections.abc import Iterable

import numpy as np

from .gain import product

JAW_OPEN, JAW_ASIDE = 0.35, 0.12  # radians that jawOpen and jawLeft turn a jaw at 1: an open mouth of about 45 mm
# Part -> the names of its bone in the rigs that are met most, in small letters: Rigify's controls and others.
BONES = {
    "head": ("head", "spine.006", "head_bone", "mixamorig:head"),
    "jaw": ("jaw_master", "jaw", "lowerjaw"),
    "eye_left": ("eye.l", "master_eye.l", "eye_l", "lefteye"),
    "eye_right": ("eye.r", "master_eye.r", "eye_r", "righteye"),
}


def bone_of(part: str, names: Iterable[str]) -> str:
    """Return which of a rig's bones is the one of a part; "" for none."""
    known = {name.lower(): name for name in names}
    return next((known[name] for name in BONES[part] if name in known), "")


def turns_of(yaw: np.ndarray, pitch: np.ndarray, roll: np.ndarray) -> np.ndarray:
    """Return the rotations of angles (S,), radians, with the signs of Live Link Face, see interface.live_link."""
    return product(_about(2, yaw), product(_about(0, -pitch), _about(1, -roll)))


def jaw_turns(opened: np.ndarray, aside: np.ndarray) -> np.ndarray:
    """Return a jaw's rotations by the weights (S,) of jawOpen, and of jawLeft less jawRight."""
    return turns_of(JAW_ASIDE * aside, -JAW_OPEN * opened, np.zeros_like(opened))


def in_bone(turns: np.ndarray, rest: np.ndarray) -> np.ndarray:
    """Return rotations of the rig's space as those of a bone's own, whose rest in it is the quaternion (4,)."""
    return product(product(rest * (1, -1, -1, -1), turns), rest)


def _about(axis: int, angle: np.ndarray) -> np.ndarray:
    turn = np.zeros((len(angle), 4))
    turn[:, 0], turn[:, 1 + axis] = np.cos(angle / 2), np.sin(angle / 2)
    return turn
