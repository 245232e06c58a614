# SPDX-License-Identifier: GPL-3.0-or-later
"""The rigid parts of a head: eyeballs and jaws."""

from __future__ import annotations

import numpy as np

from nets.interface.live_link import EYE_TURN
from nets.topology.head_model import HeadModel


def keep_rigid(model: HeadModel, before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return a deformed head (V, 3) whose eyeballs and jaws were only shifted and scaled as a whole."""
    kept = after.copy()
    for part in model.rigid:
        centred = before[part] - before[part].mean(0)
        scale = (centred * after[part]).sum() / (centred**2).sum()
        kept[part] = after[part].mean(0) + scale * centred
    return kept


def eye_look_offsets(model: HeadModel, head: np.ndarray) -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Return Apple's eyeLook shapes of a head's (V, 3) eyeballs, which the model does not move.

    The result gives for each name the eyeball's vertices (N,) and their offsets (N, 3).
    """
    offsets = {}
    for side, outward in (("Left", 1), ("Right", -1)):
        eyeball = model.eyes[side]
        centred = head[eyeball] - model.eye_centre(head, side)
        for name, yaw, pitch in (
            ("Out", outward * EYE_TURN[0], 0),
            ("In", -outward * EYE_TURN[0], 0),
            ("Up", 0, EYE_TURN[1]),
            ("Down", 0, -EYE_TURN[1]),
        ):
            offsets[f"eyeLook{name}{side}"] = eyeball, centred @ _rotation(yaw, pitch).T - centred
    return offsets


def _rotation(yaw: float, pitch: float) -> np.ndarray:
    """Return the rotation (3, 3) float32 that turns z towards x by yaw, or towards y by pitch, radians."""
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    return np.float32(about_y) @ np.float32(about_x)
