# SPDX-License-Identifier: GPL-3.0-or-later
"""What is hard in a head, eyeballs and teeth with their gums and the tongue; and lids, which slide over the eyes."""

from __future__ import annotations

import numpy as np

from nets.interface.live_link import EYE_TURN
from nets.topology.face_model import FACE, GUMS_AND_TONGUE, LEFT_EYEBALL, RIGHT_EYEBALL, TEETH, eyeball_centre
from nets.topology.landmark_vertices import VERTICES

JAWS = slice(GUMS_AND_TONGUE.start, TEETH.stop)
OUTER_EYE = 770  # vertices of an eyeball, the first: white and cornea
LIDS = {"Right": VERTICES[[[37, 38], [41, 40]]], "Left": VERTICES[[[43, 44], [47, 46]]]}  # upper and lower edge
REACH = 1.5  # of the eyeball's radius: how far from its centre lids reach
CLEARANCE = 1.02  # of the eyeball's radius in that direction


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


def opening(head: np.ndarray, side: str) -> float:
    """How far the lids of an eye of the head (V, 3) are apart."""
    upper, lower = LIDS[side]
    return float(np.linalg.norm(head[upper] - head[lower], axis=1).mean())


def clear_of_eyes(rest: np.ndarray, posed: np.ndarray) -> np.ndarray:
    """Vertices (V, 3) of a head at rest with one shape on, whose lids are pushed out of the eyeballs: straight ways of
    vertices would lead through them."""
    cleared = posed.copy()
    for eyeball in (LEFT_EYEBALL, RIGHT_EYEBALL):
        centre, outer = eyeball_centre(rest, eyeball), slice(eyeball.start, eyeball.start + OUTER_EYE)
        radius = np.ptp(rest[eyeball, 0]) / 2
        away = rest[FACE] - centre
        lids = np.flatnonzero((np.linalg.norm(away, axis=1) < REACH * radius) & (away[:, 2] > 0))
        least = np.minimum(_depth(rest[lids] - centre, rest[outer] - centre), CLEARANCE)
        relative = posed[lids] - centre
        growth = least / _depth(relative, posed[outer] - centre)
        cleared[lids] = centre + relative * np.maximum(growth, 1)[:, None]
    return cleared


def _depth(points: np.ndarray, ball: np.ndarray) -> np.ndarray:
    """Distances (N,) of points (N, 3) from the origin, over that of the vertex of a ball (K, 3) in their direction."""
    far, reach = (np.linalg.norm(each, axis=1) for each in (points, ball))
    nearest = ((points / far[:, None]) @ (ball / reach[:, None]).T).argmax(1)
    return far / reach[nearest]


def _turn(yaw: float, pitch: float) -> np.ndarray:
    """Rotation (3, 3) f4 that turns z towards x by yaw, or towards y by pitch, radians."""
    about_y = [[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]]
    about_x = [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    return np.float32(about_y) @ np.float32(about_x)
