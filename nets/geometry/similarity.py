# SPDX-License-Identifier: GPL-3.0-or-later
"""Least-squares similarity transforms between corresponding points (Umeyama, PAMI 1991, eq. 40-42)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Similarity:
    """target = scale · rotation @ source + translation, for one fit or for a batch (...) of them.

    scale: (...,) float64, or a number
    rotation: (..., 3, 3) float64, orthonormal
    translation: (..., 3) float64
    """

    scale: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray

    def apply(self, source: np.ndarray) -> np.ndarray:
        """Transform source points (..., N, 3) in their own precision."""
        kind = np.result_type(source, np.float32)
        linear = np.asarray(self.scale)[..., None, None] * self.rotation
        return source @ np.swapaxes(linear, -1, -2).astype(kind) + self.translation[..., None, :].astype(kind)

    def undo(self, target: np.ndarray) -> np.ndarray:
        """Transform target points (..., N, 3) back, in their own precision."""
        kind = np.result_type(target, np.float32)
        inverse = self.rotation / np.asarray(self.scale)[..., None, None]
        return (target - self.translation[..., None, :].astype(kind)) @ inverse.astype(kind)


def fit_similarity(
    source: np.ndarray, target: np.ndarray, weights: np.ndarray | None = None, mirrored: bool = False
) -> Similarity:
    """Fit the similarities that carry source points (N, 3) onto target points (..., N, 3) with least squares.

    weights: (N,), at least 0 and not all 0; None for equal ones. The rotation's determinant is 1, or -1 if `mirrored`:
    never a reflection by mistake, even where the points are flat.
    """
    source, target = np.asarray(source, np.float64), np.asarray(target, np.float64)
    weights = np.ones(len(source)) if weights is None else np.asarray(weights, np.float64)
    weights = weights / weights.sum()
    source_mean, target_mean = weights @ source, weights @ target
    centred = source - source_mean
    covariance = np.swapaxes(target - target_mean[..., None, :], -1, -2) @ (centred * weights[:, None])
    left, singular, right = np.linalg.svd(covariance)
    signs = np.ones_like(singular)
    signs[..., 2] = np.sign(np.linalg.det(left) * np.linalg.det(right)) * (-1 if mirrored else 1)
    rotation = left * signs[..., None, :] @ right
    scale = (singular * signs).sum(-1) / (weights @ (centred**2).sum(1))
    return Similarity(scale, rotation, target_mean - scale[..., None] * (rotation @ source_mean))
