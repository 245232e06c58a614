# SPDX-License-Identifier: GPL-3.0-or-later
"""Candidates for faces, and the suppression of overlapping ones."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

import numpy as np


@dataclass(frozen=True)
class Candidate:
    """The approximate landmark box of what may be a face."""

    box: np.ndarray  # (4,) float32 left, top, right, bottom in the photo, of the head if it were upright
    roll: float = 0.0  # of the head in the photo, radians, clockwise as the viewer sees it
    score: float = 0.0  # in [0, 1], the detector's probability of a face

    def scaled(self, factor: float) -> Candidate:
        """Return the candidate with a box so many times as large about the same centre."""
        centre, half = ((self.box[2:] + sign * self.box[:2]) / 2 for sign in (1, -1))
        return replace(self, box=np.concatenate([centre - factor * half, centre + factor * half]))


class Round(list[Candidate]):
    """Candidates that a detector yields together.

    below: pixels; the rounds that follow show no new face of this size or larger, infinite if they may
    """

    def __init__(self, candidates: Iterable[Candidate], below: float = np.inf):
        super().__init__(candidates)
        self.below = below


def overlap(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Return the intersection of one box (4,) with boxes (N, 4) as a share of the smaller area, (N,)."""
    left, top, right, bottom = boxes.T
    width = np.minimum(right, box[2]) - np.maximum(left, box[0])
    height = np.minimum(bottom, box[3]) - np.maximum(top, box[1])
    shared = np.maximum(width, 0) * np.maximum(height, 0)
    smaller = np.minimum((right - left) * (bottom - top), (box[2] - box[0]) * (box[3] - box[1]))
    return shared / np.maximum(smaller, 1e-9)


def suppress(boxes: np.ndarray, scores: np.ndarray, limit: float = 0.5) -> list[int]:
    """Return the indices of boxes (N, 4) that overlap no better one, best first: greedy non-maximum suppression."""
    kept: list[int] = []
    left = np.argsort(-scores, kind="stable")
    while len(left):
        best, left = left[0], left[1:]
        kept.append(int(best))
        left = left[overlap(boxes[best], boxes[left]) < limit]
    return kept
