# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether an adjusted head is clearly likelier than the merged one, how sure it is, and what would help most."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.merge.adjustment import Adjustment
from nets.merge.view_camera import ViewCamera

LEAST_SEEN = 0.15  # share of the face that a photo shows together with others from which it counts
LOOSEST = 1.5  # millimetres of spread, mean over the face, with which the photos tell the shape
# Square millimetres of spread squared times the share of the merged head's misfit that is left: the expected square
# error, weighed by what the shape does not explain. Chosen on four scans in seven sets of photos each and on 47 sets of
# synthetic people's photos, in which no head under it was worse than the merged one (docs/engineering.md).
DOUBT = 0.52
NARROW = 12.0  # degrees between the photos' directions under which they tell no depth
SIDE = 20.0  # degrees from the front from which a photo shows a side
# The distance from the true surface over the spread: part of the spread is along the surface, which does not matter.
# On four scans in three and eight photos, and on twelve synthetic people in five: 0.35 to 0.8.
ACROSS = 0.5


@dataclass(frozen=True)
class Verdict:
    """kept: why the merged head is kept; empty if the adjusted one is better. advice: what would help most, or empty"""

    kept: str
    advice: str


def verdict_on(adjustment: Adjustment, face: np.ndarray) -> Verdict:
    """Compare an adjusted head with the merged one it started from. face: (64, 64), weights of the texels that count.

    Photos from one side alone, or of different expressions, tell too little: then the merged head is the better guess.
    """
    counted = adjustment.seen >= LEAST_SEEN
    advice = _advice([each for each, ok in zip(adjustment.cameras, counted, strict=True) if ok])
    spread = float(np.average(adjustment.spread, weights=face))
    if counted.sum() < 2:
        kept = "no two pictures show enough of the same face in plain view"
    elif _widest(adjustment.cameras) < NARROW:
        kept = "all pictures show the face from nearly the same side"
    elif spread > LOOSEST:
        turn = _widest(adjustment.cameras)
        kept = f"the face turns by {turn:.0f}° between the pictures, and they have too little of it in common"
    elif spread**2 * np.median(adjustment.misfit[counted]) > DOUBT * np.median(adjustment.misfit_before[counted]):
        kept = "the pictures contradict each other, as with strong expressions or different people"
    else:
        kept = ""
    return Verdict(kept, advice)


def directions(cameras: tuple[ViewCamera, ...] | list[ViewCamera]) -> np.ndarray:
    """Return the unit directions (V, 3) from the head to its cameras, canonical space."""
    towards = np.stack([-camera.rotation.T @ camera.place for camera in cameras])
    return towards / np.linalg.norm(towards, axis=1, keepdims=True)


def _widest(cameras: tuple[ViewCamera, ...]) -> float:
    """Return the largest angle between two photos' directions, degrees."""
    towards = directions(cameras)
    return float(np.degrees(np.arccos(np.clip((towards @ towards.T).min(), -1, 1))))


def _advice(cameras: list[ViewCamera]) -> str:
    if not cameras:
        return "sharp pictures of the uncovered face, from the front and from both sides by 30 to 45°"
    x, _, z = directions(cameras).T
    yaw = np.degrees(np.arctan2(x, z))
    left, right = yaw.max() >= SIDE, yaw.min() <= -SIDE
    if not left and not right:
        return "pictures from both sides, by 30 to 45°"
    if not left:
        return "a picture from the person's left, by 30 to 45°"
    if not right:
        return "a picture from the person's right, by 30 to 45°"
    if np.abs(yaw).min() > SIDE:
        return "a picture from the front"
    return ""
