# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Candidate:
    """Roughly the tight landmark box of what may be a face."""

    box: np.ndarray  # (4,) float32 left, top, right, bottom in the photo, as if the head stood upright
    roll: float = 0.0  # how far the head is turned in the picture, radians, clockwise as the viewer sees it
    score: float = 0.0  # in [0, 1], how likely the detector thinks that it is a face


def overlap(box: np.ndarray, boxes: np.ndarray) -> np.ndarray:
    """Intersection of one box (4,) with boxes (N, 4), as a share of the smaller area, (N,)."""
    low, high = np.maximum(boxes[:, :2], box[:2]), np.minimum(boxes[:, 2:], box[2:])
    shared = np.clip(high - low, 0, None).prod(1)
    smaller = np.minimum((boxes[:, 2:] - boxes[:, :2]).prod(1), (box[2:] - box[:2]).prod())
    return shared / np.maximum(smaller, 1e-9)


def suppress(boxes: np.ndarray, scores: np.ndarray, limit: float = 0.5) -> list[int]:
    """Indices of the boxes (N, 4) that overlap no better one (greedy non-maximum suppression), best first."""
    kept: list[int] = []
    for index in np.argsort(-scores, kind="stable"):
        if not kept or overlap(boxes[index], boxes[kept]).max() < limit:
            kept.append(int(index))
    return kept
