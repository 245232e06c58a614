# SPDX-License-Identifier: GPL-3.0-or-later
"""The rigid parts of a head, eyeballs and jaws, and the lids, which slide over the eyes."""

from __future__ import annotations

import numpy as np

from nets.interface.live_link import EYE_TURN
from nets.topology.head_model import HeadModel

REACH = 1.5  # of the eyeball's radius: within this distance from its centre vertices belong to the lids
CLEARANCE = 1.02  # of the eyeball's radius: the least distance of lids from its centre


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


def lid_opening(model: HeadModel, head: np.ndarray, side: str) -> float:
    """Return the distance between the lids of one eye of a head (V, 3)."""
    upper, lower = model.lids[side]
    return float(np.linalg.norm(head[upper] - head[lower], axis=1).mean())


def push_lids_off_eyes(model: HeadModel, rest: np.ndarray, posed: np.ndarray) -> np.ndarray:
    """Return a posed head (V, 3) whose lids are pushed out of the eyeballs.

    rest: (V, 3), the same head at rest. The straight paths of a blendshape's vertices would lead through the eyeballs.
    """
    cleared, skin = posed.copy(), len(model.chart)
    for side, surface in model.eye_surface.items():
        centre = model.eye_centre(rest, side)
        radius = np.ptp(rest[model.eyes[side], 0]) / 2
        away = rest[:skin] - centre
        lids = np.flatnonzero((np.linalg.norm(away, axis=1) < REACH * radius) & (away[:, 2] > 0))
        least = np.minimum(_depth(rest[lids] - centre, rest[surface] - centre), CLEARANCE)
        relative = posed[lids] - centre
        factor = least / _depth(relative, posed[surface] - centre)
        cleared[lids] = centre + relative * np.maximum(factor, 1)[:, None]
    return cleared


def _depth(points: np.ndarray, ball: np.ndarray) -> np.ndarray:
    """Return the distances (N,) of points (N, 3) from the origin, relative to a ball's (K, 3) in the same direction."""
    far, reach = (np.linalg.norm(each, axis=1) for each in (points, ball))
    nearest = ((points / far[:, None]) @ (ball / reach[:, None]).T).argmax(1)
    return far / reach[nearest]


def _rotation(yaw: float, pitch: float) -> np.ndarray:
    """Return the rotation (3, 3) float32 that turns z towards x by yaw, or towards y by pitch, radians."""
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    return np.float32(about_y) @ np.float32(about_x)
