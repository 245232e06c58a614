# SPDX-License-Identifier: GPL-3.0-or-later
"""The shape of a person out of what several photos say of it.

Measured on 24 synthetic people in five photos each: what a network says of a person's own shape is right to 1.3 mm in
the picture's plane and to 2 mm in depth; hidden parts are as good as others, except where it says so. How far the mean
is moved on was chosen on 40 others in three photos each.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.geometry.coarse_map import COARSE, CoarseShape
from nets.geometry.similarity import fit_similarity
from nets.geometry.uv_layout import OF_THE_FACE, SIZE

DEPTH = 0.5  # how much depth counts beside what lies in the picture's plane
FICKLE = 0.35  # share of the variance that counts as changing from photo to photo: the merged error is least
UNLIKE = 2.4  # millimetres from the others: hardly a photo of the same person, three in four of somebody else


@dataclass(frozen=True)
class SeenShape:
    """What one photo says, as coarse maps, in millimetres of a head brought to the mean head's size.

    own and expression (64, 64, 3): offsets from the mean face, the person's own and what the face does, which add up to
    what is seen; rotation (3, 3): from canonical into view space (y up), determinant 1; doubt (64, 64): expected error.
    """

    own: np.ndarray
    expression: np.ndarray
    rotation: np.ndarray
    doubt: np.ndarray


def merge_shapes(shapes: list[SeenShape], coarse: CoarseShape) -> np.ndarray:
    """One own shape (64, 64, 3) of several: each texel's mean, weighted by doubt and by direction.

    A network keeps its answers near the mean face, the nearer the less it trusts a photo. The mean of n answers
    deserves more trust than one, and is moved on (Kelley's formula for the regression towards the mean).
    """
    owns = np.stack(laid_on_mean([shape.own for shape in shapes], coarse))
    total = np.zeros((COARSE, COARSE, 3, 3), np.float32)
    moment = np.zeros((COARSE, COARSE, 3), np.float32)
    for own, shape in zip(owns, shapes, strict=True):
        directions = shape.rotation.T * np.float32([1, 1, DEPTH]) @ shape.rotation
        precision = directions / shape.doubt[..., None, None]
        total += precision
        moment += (precision @ own[..., None])[..., 0]
    mean = np.linalg.solve(total, moment[..., None])[..., 0]
    return (mean / (1 - FICKLE * (1 - 1 / len(shapes)))).astype(np.float32)


def unlikeness(shapes: list[SeenShape], coarse: CoarseShape) -> np.ndarray:
    """(V,) f4: root mean square distance of each photo's own shape from the others', millimetres: the median, or the
    smaller of two in the middle, so that one stranger among three photos is the only one who stands out."""
    weights = reduced(coarse.layout.mask & (coarse.layout.weights > OF_THE_FACE))[..., None]
    owns = np.stack(laid_on_mean([shape.own for shape in shapes], coarse))
    apart = ((owns[:, None] - owns) ** 2 * weights).sum((2, 3, 4)) / weights.sum()
    others = np.sort(np.sqrt(apart), 1)[:, 1:]
    return others[:, (others.shape[1] - 1) // 2].astype(np.float32)


def laid_on_mean(owns: list[np.ndarray], coarse: CoarseShape) -> list[np.ndarray]:
    """Own shapes (64, 64, 3), each turned, shifted and resized so that it lies best on the mean face."""
    mean, weights = coarse.mean.reshape(-1, 3), coarse.weights.ravel()
    points = mean + np.stack(owns).reshape(len(owns), -1, 3)
    return list((fit_similarity(mean, points, weights).undo(points) - mean).reshape(-1, COARSE, COARSE, 3))


def reduced(values: np.ndarray) -> np.ndarray:
    """A map (256, 256) in small (64, 64) f4, averaged."""
    return values.reshape(COARSE, SIZE // COARSE, COARSE, SIZE // COARSE).mean((1, 3), dtype=np.float32)
