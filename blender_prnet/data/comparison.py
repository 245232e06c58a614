# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures of a clip and of the head that plays it, put together."""

from typing import Literal

import numpy as np

Arrangement = Literal["above", "beside", "wiped"]
EDGE = 2  # pixels of the line between the halves of a wiped picture
GREY = 56  # behind a head
FAR, LEAST_SPREAD = 4.0, 0.01  # of a confidence: the times of its usual distance from the median that are far, at least


def compared(clip: np.ndarray, head: np.ndarray, arrangement: Arrangement, wipe: float = 0.5) -> np.ndarray:
    """Return a frame (H, W, 3) uint8 with both pictures: the clip's (h, w, 3), and the head's (h, w, 4) uint8.

    above: the clip above the head; beside: left of it; wiped: the clip left of a line, a share `wipe` of its width
    from the left, and right of it with the head on it
    """
    alpha = head[..., 3:] / 255.0
    if arrangement == "wiped":
        shown = np.uint8(head[..., :3] * alpha + clip * (1 - alpha) + 0.5)
        line = round(wipe * clip.shape[1])
        wiped = np.concatenate([clip[:, :line], shown[:, line:]], 1)
        wiped[:, max(line - EDGE // 2, 0) : line + EDGE // 2] = 255
        return wiped
    shown = np.uint8(head[..., :3] * alpha + GREY * (1 - alpha) + 0.5)
    return np.concatenate([clip, shown], 0 if arrangement == "above" else 1)


def strip_of(frames: list[np.ndarray], arrangement: Arrangement) -> np.ndarray:
    """Return frames (H, W, 3) as one picture: side by side, or below each other where each is wide already."""
    return np.concatenate(frames, 0 if arrangement == "beside" else 1)


def weak_ranges(time: np.ndarray, confidence: np.ndarray) -> list[tuple[float, float]]:
    """Return the first and the last time of the ranges in which the face was seen badly, or not at all.

    time: (M,) rising; confidence: (M,), 0 in a gap. It is bad where it is far below what it is mostly: by more than
    FAR times the usual distance.
    """
    usual = np.median(confidence)
    spread = max(float(np.median(np.abs(confidence - usual))), LEAST_SPREAD)
    weak = confidence < usual - FAR * spread
    edges = np.diff(np.concatenate([[0], weak, [0]]).astype(int))
    starts, stops = np.flatnonzero(edges == 1), np.flatnonzero(edges == -1)
    return [(float(time[start]), float(time[stop - 1])) for start, stop in zip(starts, stops, strict=True)]
