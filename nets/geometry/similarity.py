# SPDX-License-Identifier: GPL-3.0-or-later
"""The similarity transform between corresponding points (Umeyama, PAMI 1991, eq. 40-42)."""

import numpy as np


def align(reference: np.ndarray, points: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Rotations (F, 3, 3), scales (F,), translations (F, 3) with points = scale · R @ reference + t, weighted least
    squares (Umeyama, PAMI 1991, eq. 40-42). reference (M, 3), points (F, M, 3), weights (M,)."""
    weights = (weights / weights.sum()).astype(np.float64)
    centre, centres = weights @ reference, np.tensordot(points, weights.astype(np.float32), (1, 0))
    centred = ((reference - centre) * weights[:, None]).astype(np.float32)
    spread_out = np.einsum("mj,ik->mikj", centred, np.eye(3, dtype=np.float32)).reshape(-1, 9)
    covariance = (points.reshape(len(points), -1) @ spread_out).reshape(-1, 3, 3).astype(np.float64)
    left, singular, right = np.linalg.svd(covariance)
    handed = np.ones_like(singular)
    handed[:, 2] = np.sign(np.linalg.det(left) * np.linalg.det(right))
    rotation = (left * handed[:, None]) @ right
    scale = (singular * handed).sum(1) / (weights @ ((reference - centre) ** 2).sum(1))
    return rotation, scale, centres - scale[:, None] * (rotation @ centre)


def undo(points: np.ndarray, rotation: np.ndarray, scale: np.ndarray, translation: np.ndarray) -> np.ndarray:
    """points (F, M, 3) laid back on the reference they were aligned with."""
    return (points - translation[:, None].astype(points.dtype)) @ (rotation / scale[:, None, None]).astype(points.dtype)
