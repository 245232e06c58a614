# SPDX-License-Identifier: GPL-3.0-or-later
"""What is hard inside a head: eyeballs, and teeth with their gums and the tongue."""

from __future__ import annotations

import numpy as np

from blender_prnet.live_link import EYE_TURN
from nets.face_model import GUMS_AND_TONGUE, LEFT_EYEBALL, RIGHT_EYEBALL, TEETH, eyeball_centre

JAWS = slice(GUMS_AND_TONGUE.start, TEETH.stop)


def keep_hard(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Vertices (V, 3) of a deformed head, whose eyeballs and jaws have only moved and grown as a whole."""
    kept = after.copy()
    for part in (LEFT_EYEBALL, RIGHT_EYEBALL, JAWS):
        own = before[part] - before[part].mean(0)
        growth = (own * after[part]).sum() / (own**2).sum()
        kept[part] = after[part].mean(0) + growth * own
    return kept


def eye_turns(head: np.ndarray) -> dict[str, tuple[slice, np.ndarray]]:
    """What Apple's eyeLook shapes do to the eyeballs of a head (V, 3), which the model leaves still: name -> the
    eyeball and how its vertices move (1570, 3)."""
    turns = {}
    for side, eyeball, outward in (("Left", LEFT_EYEBALL, 1), ("Right", RIGHT_EYEBALL, -1)):
        centre = eyeball_centre(head, eyeball)
        own = head[eyeball] - centre
        for name, yaw, pitch in (
            ("Out", outward * EYE_TURN[0], 0),
            ("In", -outward * EYE_TURN[0], 0),
            ("Up", 0, EYE_TURN[1]),
            ("Down", 0, -EYE_TURN[1]),
        ):
            turns[f"eyeLook{name}{side}"] = eyeball, own @ _turn(yaw, pitch).T - own
    return turns


def _turn(yaw: float, pitch: float) -> np.ndarray:
    """Rotation (3, 3) f4 that turns z towards x by yaw, or towards y by pitch, radians."""
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    return np.float32(about_y) @ np.float32(about_x)
