# SPDX-License-Identifier: GPL-3.0-or-later
"""Candidates from OpenCV's frontal and profile cascades, run upright, tilted and mirrored, and from plain windows.

Set so as to miss little: the network weeds out the false alarms.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import cv2
import numpy as np

from nets.detection.candidate import Candidate, suppress


@dataclass(frozen=True)
class Sweep:
    """One run of one cascade over the photo, turned by `roll` degrees and reduced to at most side² pixels."""

    cascade: str
    roll: float = 0.0
    side: int = 360
    mirrored: bool = False
    neighbours: int = 2


@dataclass(frozen=True)
class BoxRule:
    """From a cascade's square to the landmark box: side and shift downwards, in squares."""

    side: float
    down: float


FRONTAL, PROFILE = "haarcascade_frontalface_default.xml", "haarcascade_profileface.xml"
BOX_RULES = {FRONTAL: BoxRule(0.88, 0.18), PROFILE: BoxRule(0.74, 0.16)}  # measured on photos with known landmarks
SWEEPS = (
    [
        Sweep(FRONTAL, side=840, neighbours=3),
        Sweep(FRONTAL, roll=-35),
        Sweep(FRONTAL, roll=35),
        Sweep(PROFILE, neighbours=1),
        Sweep(PROFILE, mirrored=True, neighbours=1),
    ],
    [
        *(Sweep(FRONTAL, roll=roll, neighbours=1) for roll in (0, -70, 70, -110, 110, 180)),
        *(Sweep(PROFILE, roll=roll, mirrored=flip) for roll in (-30, 30, -90, 90) for flip in (False, True)),
    ],
    [Sweep(FRONTAL, side=2400, neighbours=4)],
)
MOST_WINDOWS = 12  # along one side, however wide the panorama
STEP = 1.15  # between the sizes that a cascade tries
SMALLEST = 24  # pixels, the cascades' own window
WINDOWS = ((0.62, 1), (0.4, 3), (0.28, 4))  # landmark box over the photo's shorter side, windows along that side


def find_by_cascades(photo: np.ndarray) -> Iterator[list[Candidate]]:
    """Rounds of candidates for (H, W, 3) uint8: likely places, unlikely tilts, small faces, windows everywhere."""
    grey = cv2.cvtColor(photo, cv2.COLOR_RGB2GRAY)
    for sweeps in SWEEPS:
        yield merge([found for sweep in sweeps for found in run_sweep(grey, sweep)])
    yield list(windows(*photo.shape[:2]))


def run_sweep(grey: np.ndarray, sweep: Sweep) -> list[tuple[Candidate, float]]:
    """Candidates in the photo (H, W) uint8, each with the number of neighbouring hits that speaks for it."""
    height, width = grey.shape
    scale = min(1.0, sweep.side / np.sqrt(height * width), 1e4 / max(height, width))
    small = cv2.resize(grey, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA) if scale < 1 else grey
    # Turning the picture by -roll sets a head upright that is turned by +roll.
    turn = cv2.getRotationMatrix2D((0, 0), sweep.roll, 1)[:, :2]
    corners = np.array([[0, 0], [small.shape[1], 0], [0, small.shape[0]], small.shape[1::-1]]) @ turn.T
    shift = -corners.min(0)
    size = np.maximum(np.ceil(np.ptp(corners, axis=0)), SMALLEST).astype(int)
    if sweep.roll:
        affine = np.concatenate([turn, shift[:, None]], 1)
        small = cv2.warpAffine(small, affine, size.tolist(), borderMode=cv2.BORDER_REPLICATE)
    if sweep.mirrored:
        small = small[:, ::-1]
    hits, _, levels = classifier(sweep.cascade).detectMultiScale3(
        np.ascontiguousarray(small), STEP, sweep.neighbours, minSize=(SMALLEST, SMALLEST), outputRejectLevels=True
    )
    rule = BOX_RULES[sweep.cascade]
    found = []
    for (x, y, side, _), level in zip(hits, levels, strict=True):
        centre = np.array([x + side / 2, y + side / 2 + rule.down * side])
        if sweep.mirrored:
            centre[0] = small.shape[1] - centre[0]
        centre = ((centre - shift) @ turn) / scale - 0.5
        half = rule.side * side / scale / 2
        box = np.concatenate([centre - half, centre + half]).astype(np.float32)
        found.append((Candidate(box, float(np.radians(sweep.roll))), float(level)))
    return found


def merge(found: list[tuple[Candidate, float]]) -> list[Candidate]:
    """The best of each bunch of candidates that mean the same place."""
    if not found:
        return []
    boxes, scores = np.stack([candidate.box for candidate, _ in found]), np.array([score for _, score in found])
    return [found[index][0] for index in suppress(boxes, scores, limit=0.75)]


def windows(height: int, width: int) -> Iterator[Candidate]:
    """Boxes that cover the photo at a few sizes, for faces that no cascade answers to."""
    short = min(height, width)
    for share, count in WINDOWS:
        half = share * short / 2
        steps_x, steps_y = (min(round(count * side / short), MOST_WINDOWS) for side in (width, height))
        for y in np.linspace(half, height - half, steps_y) if steps_y > 1 else [height / 2]:
            for x in np.linspace(half, width - half, steps_x) if steps_x > 1 else [width / 2]:
                yield Candidate(np.array([x - half, y - half, x + half, y + half], np.float32))


@cache
def classifier(name: str) -> cv2.CascadeClassifier:
    return cv2.CascadeClassifier(str(Path(cv2.data.haarcascades) / name))
