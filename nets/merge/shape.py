# SPDX-License-Identifier: GPL-3.0-or-later
"""One person's identity shape from the estimates of several photos.

Measured on 24 synthetic people in five photos each: a network's estimate of the identity is right to 1.3 mm in the
image plane and to 2 mm in depth; hidden parts are as good as others, unless it predicts a higher uncertainty. The
strength of the extrapolation of the mean was chosen on 40 other people in three photos each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.geometry.coarse_map import COARSE, CoarseShape
from nets.geometry.similarity import fit_similarity
from nets.geometry.uv_layout import FACE_WEIGHT, SIZE

DEPTH = 0.5  # weight of depth in relation to the image plane
PHOTO_VARIANCE = 0.35  # share of the variance that changes from photo to photo: with it the merged error is smallest
# Millimetres from the other photos from which one may show another person: hardly any photo of the same person exceeds
# it, three in four photos of another person do.
MAX_DISTANCE = 2.4


@dataclass(frozen=True)
class ShapeEstimate:
    """The shape in one photo, as coarse maps, in millimetres of a head that is scaled to the mean head's size.

    identity, expression: (64, 64, 3), offsets from the mean face, which add up to the shape that is seen
    rotation: (3, 3), from canonical into view space (y up), determinant 1
    uncertainty: (64, 64), expected error
    codes: (K,), the network's codes of this identity and expression
    """

    identity: np.ndarray
    expression: np.ndarray
    rotation: np.ndarray
    uncertainty: np.ndarray
    codes: np.ndarray


def merge_shapes(shapes: list[ShapeEstimate], coarse: CoarseShape) -> np.ndarray:
    """Merge several estimates into one identity shape (64, 64, 3): each texel's mean, weighted by uncertainty.

    A network's estimate regresses towards the mean face, the more the less it trusts a photo. The mean of n estimates
    deserves more trust than one, so it is extrapolated away from the mean face (Kelley's formula).
    """
    identities = np.stack(aligned_to_mean([shape.identity for shape in shapes], coarse))
    total = np.zeros((COARSE, COARSE, 3, 3), np.float32)
    moment = np.zeros((COARSE, COARSE, 3), np.float32)
    for identity, shape in zip(identities, shapes, strict=True):
        directions = shape.rotation.T * np.float32([1, 1, DEPTH]) @ shape.rotation
        precision = directions / shape.uncertainty[..., None, None]
        total += precision
        moment += (precision @ identity[..., None])[..., 0]
    mean = np.linalg.solve(total, moment[..., None])[..., 0]
    return (mean / (1 - PHOTO_VARIANCE * (1 - 1 / len(shapes)))).astype(np.float32)


def shape_distances(shapes: list[ShapeEstimate], coarse: CoarseShape) -> np.ndarray:
    """Return how far each photo's identity shape is from the others', (V,) float32, millimetres.

    It is the median of the root mean square distances, or the lower of the two medians, so that of three photos only
    the one of another person stands out.
    """
    weights = averaged(coarse.layout.mask & (coarse.layout.weights > FACE_WEIGHT))[..., None]
    identities = np.stack(aligned_to_mean([shape.identity for shape in shapes], coarse))
    apart = ((identities[:, None] - identities) ** 2 * weights).sum((2, 3, 4)) / weights.sum()
    others = np.sort(np.sqrt(apart), 1)[:, 1:]
    return others[:, (others.shape[1] - 1) // 2].astype(np.float32)


def aligned_to_mean(shapes: list[np.ndarray], coarse: CoarseShape) -> list[np.ndarray]:
    """Return shapes (64, 64, 3), each moved by the similarity that aligns it best to the mean face."""
    mean, weights = coarse.mean.reshape(-1, 3), coarse.weights.ravel()
    points = mean + np.stack(shapes).reshape(len(shapes), -1, 3)
    return list((fit_similarity(mean, points, weights).undo(points) - mean).reshape(-1, COARSE, COARSE, 3))


def averaged(values: np.ndarray) -> np.ndarray:
    """Average a map (256, 256) to a coarse map (64, 64) float32."""
    return values.reshape(COARSE, SIZE // COARSE, COARSE, SIZE // COARSE).mean((1, 3), dtype=np.float32)
