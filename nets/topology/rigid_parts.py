# SPDX-License-Identifier: GPL-3.0-or-later
"""The rigid parts of a head, eyeballs and jaws with the tongue, and the lids, which slide over the eyes."""

from __future__ import annotations

import numpy as np

from nets.interface.live_link import EYE_TURN
from nets.topology.face_model import FACE, GUMS_AND_TONGUE, LEFT_EYEBALL, RIGHT_EYEBALL, TEETH, eyeball_centre
from nets.topology.landmark_vertices import VERTICES

JAWS = slice(GUMS_AND_TONGUE.start, TEETH.stop)
OUTER_EYE = 770  # vertices of an eyeball, the first: white and cornea
LIDS = {"Right": VERTICES[[[37, 38], [41, 40]]], "Left": VERTICES[[[43, 44], [47, 46]]]}  # upper and lower edge
REACH = 1.5  # of the eyeball's radius: within this distance from its centre vertices belong to the lids
CLEARANCE = 1.02  # of the eyeball's radius: the least distance of lids from its centre


def keep_rigid(before: np.ndarray, after: np.ndarray) -> np.ndarray:
    """Return a deformed head (V, 3) whose eyeballs and jaws were only shifted and scaled as a whole."""
    kept = after.copy()
    for part in (LEFT_EYEBALL, RIGHT_EYEBALL, JAWS):
        centred = before[part] - before[part].mean(0)
        scale = (centred * after[part]).sum() / (centred**2).sum()
        kept[part] = after[part].mean(0) + scale * centred
    return kept


def eye_look_offsets(head: np.ndarray) -> dict[str, tuple[slice, np.ndarray]]:
    """Return Apple's eyeLook shapes of a head's (V, 3) eyeballs, which the model does not move.

    The result gives for each name the eyeball's vertices and their offsets (1570, 3).
    """
    offsets = {}
    for side, eyeball, outward in (("Left", LEFT_EYEBALL, 1), ("Right", RIGHT_EYEBALL, -1)):
        centre = eyeball_centre(head, eyeball)
        centred = head[eyeball] - centre
        for name, yaw, pitch in (
            ("Out", outward * EYE_TURN[0], 0),
            ("In", -outward * EYE_TURN[0], 0),
            ("Up", 0, EYE_TURN[1]),
            ("Down", 0, -EYE_TURN[1]),
        ):
            offsets[f"eyeLook{name}{side}"] = eyeball, centred @ _rotation(yaw, pitch).T - centred
    return offsets


def lid_opening(head: np.ndarray, side: str) -> float:
    """Return the distance between the lids of one eye of a head (V, 3)."""
    upper, lower = LIDS[side]
    return float(np.linalg.norm(head[upper] - head[lower], axis=1).mean())


def push_lids_off_eyes(rest: np.ndarray, posed: np.ndarray) -> np.ndarray:
    """Return a posed head (V, 3) whose lids are pushed out of the eyeballs.

    rest: (V, 3), the same head at rest. The straight paths of a blendshape's vertices would lead through the eyeballs.
    """
    cleared = posed.copy()
    for eyeball in (LEFT_EYEBALL, RIGHT_EYEBALL):
        centre, outer = eyeball_centre(rest, eyeball), slice(eyeball.start, eyeball.start + OUTER_EYE)
        radius = np.ptp(rest[eyeball, 0]) / 2
        away = rest[FACE] - centre
        lids = np.flatnonzero((np.linalg.norm(away, axis=1) < REACH * radius) & (away[:, 2] > 0))
        least = np.minimum(_depth(rest[lids] - centre, rest[outer] - centre), CLEARANCE)
        relative = posed[lids] - centre
        factor = least / _depth(relative, posed[outer] - centre)
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
