# SPDX-License-Identifier: GPL-3.0-or-later
"""One person of a clip: the shape that is theirs throughout, and how it moves.

A tracked frame's pose was fitted to the mean face. Here it is fitted again, to the person's own shape, each texel
counting by how little it moves over the clip: an open jaw then no longer tilts the head.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from nets.geometry.coarse_map import COARSE, CoarseShape
from nets.geometry.similarity import fit_similarity

CHUNK = 128  # frames in memory at a time
SHAPE_FRAMES = 200  # confident frames from which the person's shape is taken
BASIS_FRAMES = 1000  # frames from which the basis is taken
CONFIDENT = 0.9  # of a high confidence of this clip
ROUNDS = 3
UNMOVED = 0.3  # millimetres by which every texel moves at least, if only in the network's mind
TOLERANCE = 0.05  # millimetres that the basis may leave
MOST_MODES = 112


@dataclass(frozen=True)
class Person:
    """One person in the F frames that show them, unsmoothed.

    frame (F,) indices into the clip's records; confidence (F,); rotation (F, 3, 3), scale (F,), translation (F, 3): the
    pose of nets.geometry.pose in the clip's pixels; neutral (64, 64, 3): canonical coarse map of their shape less the
    mean face's, millimetres; basis (K, 64, 64, 3), weights (F, K): frame f's is neutral + weights[f] @ basis;
    error_mm: the largest distance that this leaves; stillness (64, 64): how much a texel counts in the pose;
    landmarks68 (F, 68, 3), expression (F, 53) and gaze (F, 2, 2) as the network saw them, the latter two (F, 0) and
    (F, 0, 2) if it says none.
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


def study_person(frame: np.ndarray, estimates: np.ndarray, rows: np.ndarray, coarse: CoarseShape) -> Person:
    """Of a clip's estimates (nets.performance.cache.FACE_RECORD, a memory map) somebody's rows (F,), in `frame`
    (F,)."""
    neutral, stillness = own_shape(estimates, rows, coarse)
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
    return Person(
        frame,
        estimates["confidence"][rows],
        *poses,
        neutral,
        basis,
        weights,
        error,
        stillness,
        estimates["landmarks68"][rows],
        *(_said(estimates[name][rows].astype(np.float32)) for name in ("expression", "gaze")),
    )


def own_shape(estimates: np.ndarray, rows: np.ndarray, coarse: CoarseShape) -> tuple[np.ndarray, np.ndarray]:
    """neutral and stillness, see Person: the median over confident frames, each laid on it as a rigid body."""
    confidence = estimates["confidence"][rows]
    confident = rows[confidence >= CONFIDENT * np.percentile(confidence, 90)]
    points = np.concatenate([points for _, points in _shapes(estimates, spread(confident, SHAPE_FRAMES), coarse)])
    mean, surface = coarse.mean.reshape(-1, 3), coarse.weights.ravel()
    shape, weights = np.median(points, 0), surface
    for _ in range(ROUNDS):
        laid = fit_similarity(shape, points, weights).undo(points)
        shape = np.median(laid, 0)
        shape = fit_similarity(mean, shape, surface).undo(shape)  # as large as the mean face, and where it is
        variance = ((laid - np.median(laid, 0)) ** 2).sum(-1).mean(0)
        weights = surface * UNMOVED**2 / (UNMOVED**2 + variance)
    return (shape - mean).reshape(COARSE, COARSE, 3).astype(np.float32), weights.reshape(COARSE, COARSE)


def motion_basis(
    estimates: np.ndarray, rows: np.ndarray, reference: np.ndarray, weights: np.ndarray, coarse: CoarseShape
) -> np.ndarray:
    """Orthonormal maps (K, 64, 64, 3) that carry the motion of all frames, as few as the tolerance allows."""
    chosen = spread(rows, BASIS_FRAMES)
    offsets = np.concatenate(
        [
            (fit_similarity(reference, points, weights).undo(points) - reference).reshape(len(points), -1)
            for _, points in _shapes(estimates, chosen, coarse)
        ]
    ).astype(np.float32)
    power, modes = np.linalg.eigh(offsets @ offsets.T)
    order = np.argsort(-power)[:MOST_MODES]
    order = order[power[order] > 1e-9 * max(power.max(), 1e-9)]
    basis = ((modes[:, order] / np.sqrt(power[order])).T.astype(np.float32) @ offsets).astype(np.float32)
    surface = coarse.weights.ravel() > 0
    some = offsets[spread(np.arange(len(offsets)), SHAPE_FRAMES)]
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
    flat = basis.reshape(len(basis), -1)
    surface = coarse.weights.ravel() > 0
    projected, error = [], 0.0
    for _, points in _shapes(estimates, rows, coarse):
        offsets = (fit_similarity(reference, points, weights).undo(points) - reference).reshape(len(points), -1)
        projected.append((offsets @ flat.T).astype(np.float32))
        error = max(error, _largest(offsets - projected[-1] @ flat, surface))
    return np.concatenate(projected), error


def spread(indices: np.ndarray, most: int) -> np.ndarray:
    """At most so many of the indices, evenly spread."""
    if len(indices) <= most:
        return indices
    return indices[np.linspace(0, len(indices) - 1, most).round().astype(int)]


def _said(values: np.ndarray) -> np.ndarray:
    """Values (F, N, …), N being 0 where the network does not say them."""
    return values[:, :0] if np.isnan(values).any() else values


def _shapes(estimates: np.ndarray, rows: np.ndarray, coarse: CoarseShape) -> Iterator[tuple[np.ndarray, np.ndarray]]:
    """Sightings and their canonical coarse shapes (f, M, 3), a chunk at a time."""
    for start in range(0, len(rows), CHUNK):
        part = estimates[rows[start : start + CHUNK]]
        yield part, (part["offset"].astype(np.float32) + coarse.mean).reshape(len(part), -1, 3)


def _largest(offsets: np.ndarray, surface: np.ndarray) -> float:
    return float(np.linalg.norm(offsets.reshape(len(offsets), -1, 3)[:, surface], axis=-1).max())
