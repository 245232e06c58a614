# SPDX-License-Identifier: GPL-3.0-or-later
"""One person of a clip: their neutral shape, and how it moves.

The tracker fits a frame's pose to the mean face. Here it is fitted again to the person's neutral shape, with weights
that are higher the less a texel moves over the clip: an open jaw then no longer tilts the head.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.geometry.coarse_map import COARSE, CoarseShape
from nets.geometry.pose import Pose, pose_with
from nets.geometry.similarity import fit_similarity
from nets.interface.perspective import Camera, PerspectivePose
from nets.performance.seen_shapes import CHUNK, SeenShapes

SHAPE_FRAMES = 200  # at most, of the confident frames, from which the neutral shape is computed
BASIS_FRAMES = 1000  # at most, from which the basis is computed
CONFIDENT = 0.9  # share of the 90th percentile of the confidence from which a frame is confident
ROUNDS = 3
NOISE = 0.3  # millimetres by which every texel seems to move, because of the network's noise
TOLERANCE = 0.05  # millimetres of error that the basis may leave
MAX_MODES = 112


@dataclass(frozen=True)
class TrackedPerson:
    """One person in the F frames that show them, unsmoothed.

    frame: (F,), indices into the clip's records
    confidence: (F,)
    camera: of the clip; None without perspective
    rotation, scale, translation: (F, 3, 3), (F,), (F, 3), the pose before the camera, in the clip's pixels, see
        nets.interface.perspective.PerspectivePose, or nets.geometry.pose.Pose without perspective
    neutral: (64, 64, 3), canonical coarse map of the neutral shape less the mean face's, millimetres
    basis, weights: (K, 64, 64, 3) and (F, K); the shape of frame f is neutral + weights[f] @ basis
    error_mm: the largest error of that shape
    stillness: (64, 64), the weight of each texel in the pose fit
    landmarks68: (F, 68, 3), as the network predicted them, in the clip's pixels
    expression, gaze: (F, 53) and (F, 2, 2), as the network predicted them; (F, 0) and (F, 0, 2) if it does not
    added: (F, 52), what pictures add to the readings of motion, see nets.performance.picture_comparison; or None
    """

    frame: np.ndarray
    confidence: np.ndarray
    camera: Camera | None
    rotation: np.ndarray
    scale: np.ndarray
    translation: np.ndarray
    neutral: np.ndarray
    basis: np.ndarray
    weights: np.ndarray
    error_mm: float
    stillness: np.ndarray
    landmarks68: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray
    added: np.ndarray | None = None

    def pose(self, row: int) -> Pose | PerspectivePose:
        """Return the pose in a row of the arrays."""
        return pose_with(self.camera, self.scale[row], self.rotation[row], self.translation[row])


def fit_person(
    frame: np.ndarray, estimates: np.ndarray, rows: np.ndarray, coarse: CoarseShape, camera: Camera | None
) -> TrackedPerson:
    """Fit one person's shape, poses, basis and weights.

    frame: (F,), indices of the frames that show the person
    estimates, rows, camera: see SeenShapes
    """
    seen = SeenShapes(estimates, rows, coarse, camera)
    neutral, stillness = neutral_shape(seen)
    reference, weights = (coarse.mean + neutral).reshape(-1, 3), stillness.ravel()
    poses: list[Pose | PerspectivePose] = []
    for points in seen.shapes(rows):
        part = rows[len(poses) : len(poses) + CHUNK]
        poses += seen.poses(part, fit_similarity(reference, points, weights))
    basis = motion_basis(seen, reference, weights)
    weights, error = _project(seen, reference, weights, basis)
    return TrackedPerson(
        frame,
        estimates["confidence"][rows],
        camera,
        np.stack([pose.rotation for pose in poses]),
        np.array([pose.scale for pose in poses]),
        np.stack([pose.translation for pose in poses]),
        neutral,
        basis,
        weights,
        error,
        stillness,
        estimates["landmarks68"][rows],
        *(_predicted(estimates[name][rows].astype(np.float32)) for name in ("expression", "gaze")),
    )


def confident_rows(estimates: np.ndarray, rows: np.ndarray, count: int) -> np.ndarray:
    """Return at most `count` of a person's rows in which the network is confident, evenly distributed."""
    confidence = estimates["confidence"][rows]
    return subsample(rows[confidence >= CONFIDENT * np.percentile(confidence, 90)], count)


def neutral_shape(seen: SeenShapes) -> tuple[np.ndarray, np.ndarray]:
    """Return neutral and stillness, see TrackedPerson: the median over confident frames, each aligned to it."""
    coarse = seen.coarse
    points = np.concatenate(list(seen.shapes(confident_rows(seen.estimates, seen.rows, SHAPE_FRAMES))))
    mean, surface = coarse.mean.reshape(-1, 3), coarse.weights.ravel()
    shape, weights = np.median(points, 0), surface
    for _ in range(ROUNDS):
        aligned = fit_similarity(shape, points, weights).undo(points)
        shape = np.median(aligned, 0)
        shape = fit_similarity(mean, shape, surface).undo(shape)  # of the mean face's size and place
        variance = ((aligned - np.median(aligned, 0)) ** 2).sum(-1).mean(0)
        weights = surface * NOISE**2 / (NOISE**2 + variance)
    return (shape - mean).reshape(COARSE, COARSE, 3).astype(np.float32), weights.reshape(COARSE, COARSE)


def motion_basis(seen: SeenShapes, reference: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return orthonormal maps (K, 64, 64, 3) that span the motion of all frames, as few as the tolerance allows."""
    offsets = np.concatenate(
        [
            (fit_similarity(reference, points, weights).undo(points) - reference).reshape(len(points), -1)
            for points in seen.shapes(subsample(seen.rows, BASIS_FRAMES))
        ]
    ).astype(np.float32)
    power, modes = np.linalg.eigh(offsets @ offsets.T)
    order = np.argsort(-power)[:MAX_MODES]
    order = order[power[order] > 1e-9 * max(power.max(), 1e-9)]
    basis = ((modes[:, order] / np.sqrt(power[order])).T.astype(np.float32) @ offsets).astype(np.float32)
    surface = seen.coarse.weights.ravel() > 0
    some = offsets[subsample(np.arange(len(offsets)), SHAPE_FRAMES)]
    few, many = 0, len(basis)
    while few < many:
        middle = (few + many) // 2
        if _largest(some - (some @ basis[:middle].T) @ basis[:middle], surface) <= TOLERANCE:
            many = middle
        else:
            few = middle + 1
    return basis[:many].reshape(-1, COARSE, COARSE, 3)


def _project(
    seen: SeenShapes, reference: np.ndarray, weights: np.ndarray, basis: np.ndarray
) -> tuple[np.ndarray, float]:
    """Return the weights (F, K) of the basis in all frames, and the largest error in millimetres."""
    flat = basis.reshape(len(basis), COARSE * COARSE * 3)  # of a clip without motion there is none
    surface = seen.coarse.weights.ravel() > 0
    projected, error = [], 0.0
    for points in seen.shapes(seen.rows):
        offsets = (fit_similarity(reference, points, weights).undo(points) - reference).reshape(len(points), -1)
        projected.append((offsets @ flat.T).astype(np.float32))
        error = max(error, _largest(offsets - projected[-1] @ flat, surface))
    return np.concatenate(projected), error


def subsample(indices: np.ndarray, count: int) -> np.ndarray:
    """Return at most `count` of the indices, evenly distributed."""
    if len(indices) <= count:
        return indices
    return indices[np.linspace(0, len(indices) - 1, count).round().astype(int)]


def _predicted(values: np.ndarray) -> np.ndarray:
    """Return values (F, N, ...), N being 0 if the network does not predict them."""
    return values[:, :0] if np.isnan(values).any() else values


def _largest(offsets: np.ndarray, surface: np.ndarray) -> float:
    """Return the largest length of offsets (F, M * 3) on the surface (M,) bool."""
    return float(np.linalg.norm(offsets.reshape(len(offsets), -1, 3)[:, surface], axis=-1).max())
