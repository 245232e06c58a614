# SPDX-License-Identifier: GPL-3.0-or-later
"""Alignment, and the groups that errors are averaged over."""

import numpy as np

from nets.geometry.similarity import fit_similarity
from nets.lab.accuracy.figures import Figure

YAW_BINS = {"yaw 0-30": (0, 30), "yaw 30-60": (30, 60), "yaw 60-90": (60, 181)}
TURNED = "yaw 30 and more"
OUTER_EYE_CORNERS = 36, 45


def aligned(points: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return points (N, 3) after the best similarity to truth (N, 3)."""
    return fit_similarity(points, truth).apply(points)


def depth_centred(difference: np.ndarray) -> np.ndarray:
    """Return differences (N, K, 3) without their mean depth."""
    return difference - difference[..., 2:].mean(1, keepdims=True) * (0, 0, 1)


def yaw_groups(yaw: np.ndarray) -> dict[str, np.ndarray]:
    """Return which faces (N,) bool are in each group, given their yaw (N,) in radians. Empty groups are left out."""
    turn = np.abs(np.degrees(yaw))
    groups = {"": np.ones(len(turn), bool)}
    groups |= {name: (turn >= low) & (turn < high) for name, (low, high) in YAW_BINS.items()}
    groups[TURNED] = turn >= 30
    return {name: group for name, group in groups.items() if group.any()}


def means_by_yaw(name: str, errors: np.ndarray, yaw: np.ndarray, unit: str = "%") -> list[Figure]:
    """Average errors (N, ...) over all faces and over those of each group by yaw (N,)."""
    return [
        Figure(f"{name}, {group}" if group else name, float(errors[members].mean()), unit)
        for group, members in yaw_groups(yaw).items()
    ]


def area_under_curve(lower: np.ndarray, higher: np.ndarray) -> float:
    """Return the chance that one of `lower` (N,) lies below one of `higher` (M,): 1 if every one does."""
    difference = np.asarray(higher)[None] - np.asarray(lower)[:, None]
    return float((difference > 0).mean() + (difference == 0).mean() / 2)


def least_misjudged(lower: np.ndarray, higher: np.ndarray) -> int:
    """Count how many of both lie on the wrong side of the best threshold."""
    thresholds = np.concatenate([[-np.inf], np.asarray(lower), np.asarray(higher)])[:, None]
    return int(((np.asarray(lower) > thresholds).sum(1) + (np.asarray(higher) <= thresholds).sum(1)).min())
