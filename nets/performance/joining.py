# SPDX-License-Identifier: GPL-3.0-or-later
"""One smooth track from sightings that can be trusted more and less.

Pose and shape are smoothing splines through all frames, each point weighted by how far it can be trusted (Whittaker
1923): a clear frame stays as it was seen, a hidden one follows from those before and after.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.geometry.coarse_map import COARSE
from nets.geometry.pose import Pose
from nets.performance.crop_window import CropWindow
from nets.performance.sighting import LEAST, TEXELS, Sighting, Watcher
from nets.performance.smoothing import quaternions_of, rotations_of, whittaker

STIFFNESS = 0.3  # cost of second differences where the face is clearly seen


@dataclass(frozen=True)
class Track:
    """F frames of one person, as in nets.performance.cache.FACE_RECORD."""

    rotation: np.ndarray
    scale: np.ndarray
    translation: np.ndarray
    offset: np.ndarray
    landmarks68: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray
    confidence: np.ndarray
    windows: list[CropWindow]


def join(sightings: list[Sighting], rows: np.ndarray, watcher: Watcher) -> Track:
    """Join the sightings of F rows, rising, of which some may be missing in between."""
    poses = [watcher.pose_of(each) for each in sightings]
    trust = np.stack([each.trust for each in sightings])
    whole = np.array([np.average(each.trust, weights=watcher.surface) for each in sightings])
    shapes = np.stack([pose.undo(each.points) for pose, each in zip(poses, sightings, strict=True)]) - watcher.mean

    def splined(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
        flat = values.reshape(len(values), -1).astype(np.float64)
        every = np.arange(rows[0], rows[-1] + 1)
        full = np.zeros((len(every), flat.shape[1]))
        known = np.full((len(every), 1 if weights.ndim == 1 else flat.shape[1]), 1e-6)
        full[rows - rows[0]], known[rows - rows[0]] = flat, weights.reshape(len(rows), -1)
        if len(every) < 3:
            return values
        smoothed = whittaker(full, np.full((len(every) - 2, flat.shape[1]), STIFFNESS), known)
        return smoothed[rows - rows[0]].reshape(values.shape)

    turns = splined(quaternions_of(np.stack([pose.rotation for pose in poses])), whole)
    rotation = rotations_of(turns / np.linalg.norm(turns, axis=1, keepdims=True))
    scale = np.exp(splined(np.log([pose.scale for pose in poses]), whole))
    translation = splined(np.stack([pose.translation for pose in poses]), whole)
    shapes = splined(shapes, np.repeat(trust, 3, 1))
    joined = zip(scale, rotation, translation, shapes[:, TEXELS:] + watcher.mean[TEXELS:], strict=True)
    landmarks = np.stack([Pose(*pose, 0.0).apply(points) for *pose, points in joined])
    expression, gaze = (np.stack([getattr(each, name) for each in sightings]) for name in ("expression", "gaze"))
    return Track(
        *(rotation, scale, translation, shapes[:, :TEXELS].reshape(-1, COARSE, COARSE, 3), landmarks),
        *(splined(expression, np.clip(whole, LEAST, 1)).clip(0, 1), splined(gaze, np.clip(whole, LEAST, 1))),
        np.array([each.confidence for each in sightings]),
        [CropWindow.of(points, each.window.roll) for points, each in zip(landmarks, sightings, strict=True)],
    )
