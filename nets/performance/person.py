# SPDX-License-Identifier: GPL-3.0-or-later
"""One person of a clip: their neutral shape, and how it moves.

The tracker fits a frame's pose to the mean face. Here it is fitted again to the person's neutral shape, with weights
that are higher the less a texel moves over the clip: an open jaw then no longer tilts the head.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nets.geometry.coarse_map import COARSE, CoarseShape
from nets.geometry.similarity import fit_similarity

CHUNK = 128  # frames in memory at a time
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
    rotation, scale, translation: (F, 3, 3), (F,), (F, 3), the pose of nets.geometry.pose in the clip's pixels
    neutral: (64, 64, 3), canonical coarse map of the neutral shape less the mean face's, millimetres
    basis, weights: (K, 64, 64, 3) and (F, K); the shape of frame f is neutral + weights[f] @ basis
    error_mm: the largest error of that shape
    stillness: (64, 64), the weight of each texel in the pose fit
    landmarks68: (F, 68, 3), as the network predicted them, in the clip's pixels
    expression, gaze: (F, 53) and (F, 2, 2), as the network predicted them; (F, 0) and (F, 0, 2) if it does not
    """

    frame: np.ndarray
    confidence: np.ndarray
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


def fit_person(frame: np.ndarray, estimates: np.ndarray, rows: np.ndarray, coarse: CoarseShape) -> TrackedPerson:
    """Fit one person's shape, poses, basis and weights.

    frame: (F,), indices of the frames that show the person
    estimates: (S,) of nets.performance.cache.FACE_RECORD, all estimates of the clip, a memory map
    rows: (F,), the person's rows of them
    """
    neutral, stillness = neutral_shape(estimates, rows, coarse)
    reference, weights = (coarse.mean + neutral).reshape(-1, 3), stillness.ravel()
    rotations, scales, translations = [], [], []
    for part, points in _shapes(estimates, rows, coarse):
        fit = fit_similarity(reference, points, weights)
        rotations.append(part["rotation"] @ fit.rotation)
        scales.append(part["scale"] * fit.scale)
        moved = np.einsum("fij,fj->fi", part["rotation"], fit.translation)
        translations.append(part["translation"] + part["scale"][:, None] * moved)
    poses = tuple(map(np.concatenate, (rotations, scales, translations)))
    basis = motion_basis(estimates, rows, reference, weights, coarse)
    weights, error = _project(estimates, rows, reference, weights, basis, coarse)
    return TrackedPerson(
        frame,
        estimates["confidence"][rows],
        *poses,
        neutral,
        basis,
        weights,
        error,
        stillness,
        estimates["landmarks68"][rows],
        *(_predicted(estimates[name][rows].astype(np.float32)) for name in ("expression", "gaze")),
    )


def neutral_shape(estimates: np.ndarray, rows: np.ndarray, coarse: CoarseShape) -> tuple[np.ndarray, np.ndarray]:
    """Return neutral and stillness, see TrackedPerson: the median over confident frames, each aligned to it."""
    confidence = estimates["confidence"][rows]
    confident = rows[confidence >= CONFIDENT * np.percentile(confidence, 90)]
    points = np.concatenate([points for _, points in _shapes(estimates, subsample(confident, SHAPE_FRAMES), coarse)])
    mean, surface = coarse.mean.reshape(-1, 3), coarse.weights.ravel()
    shape, weights = np.median(points, 0), surface
    for _ in range(ROUNDS):
        aligned = fit_similarity(shape, points, weights).undo(points)
        shape = np.median(aligned, 0)
        shape = fit_similarity(mean, shape, surface).undo(shape)  # of the mean face's size and place
        variance = ((aligned - np.median(aligned, 0)) ** 2).sum(-1).mean(0)
        weights = surface * NOISE**2 / (NOISE**2 + variance)
    return (shape - mean).reshape(COARSE, COARSE, 3).astype(np.float32), weights.reshape(COARSE, COARSE)


def motion_basis(
    estimates: np.ndarray, rows: np.ndarray, reference: np.ndarray, weights: np.ndarray, coarse: CoarseShape
) -> np.ndarray:
    """Return orthonormal maps (K, 64, 64, 3) that span the motion of all frames, as few as the tolerance allows."""
    chosen = subsample(rows, BASIS_FRAMES)
    offsets = np.concatenate(
        [
            (fit_similarity(reference, points, weights).undo(points) - reference).reshape(len(points), -1)
            for _, points in _shapes(estimates, chosen, coarse)
        ]
    ).astype(np.float32)
    power, modes = np.linalg.eigh(offsets @ offsets.T)
    order = np.argsort(-power)[:MAX_MODES]
    order = order[power[order] > 1e-9 * max(power.max(), 1e-9)]
    basis = ((modes[:, order] / np.sqrt(power[order])).T.astype(np.float32) @ offsets).astype(np.float32)
    surface = coarse.weights.ravel() > 0
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
    estimates: np.ndarray,
    rows: np.ndarray,
    reference: np.ndarray,
    weights: np.ndarray,
    basis: np.ndarray,
    coarse: CoarseShape,
) -> tuple[np.ndarray, float]:
    """Return the weights (F, K) of the basis in all frames, and the largest error in millimetres."""
    flat = basis.reshape(len(basis), -1)
    surface = coarse.weights.ravel() > 0
    projected, error = [], 0.0
    for _, points in _shapes(estimates, rows, coarse):
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


def _shapes(estimates: np.ndarray, rows: np.ndarray, coarse: CoarseShape) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Yield estimates and their canonical coarse shapes (f, M, 3), a chunk at a time."""
    for start in range(0, len(rows), CHUNK):
        part = estimates[rows[start : start + CHUNK]]
        yield part, (part["offset"].astype(np.float32) + coarse.mean).reshape(len(part), -1, 3)


def _largest(offsets: np.ndarray, surface: np.ndarray) -> float:
    """Return the largest length of offsets (F, M * 3) on the surface (M,) bool."""
    return float(np.linalg.norm(offsets.reshape(len(offsets), -1, 3)[:, surface], axis=-1).max())
