# SPDX-License-Identifier: GPL-3.0-or-later
"""A whole head that people and expressions move linearly: what a captured face is fitted with.

Two are made: the project's own (own_head.py) and the ICT face model (face_model.py). The fit knows them by this record.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Sighting:
    """What a head's textures are made from.

    texture: (T, T, 3) uint8 sRGB, in the UV layout
    seen: (T, T) uint8, 1 where the photo shows the texel itself; None if that is not known
    head: (V, 3) float32, the fitted head as the photo shows it, canonical millimetres
    points: gives the captured surface's points (K, 3) at texels (K, 2) of the layout, row and column
    in_view: (S, S) float32 in [0, 1], in the layout, the probability that nothing covers the place; None: not known
    """

    texture: np.ndarray
    seen: np.ndarray | None
    head: np.ndarray
    points: Callable[[np.ndarray], np.ndarray]
    in_view: np.ndarray | None = None


@dataclass(frozen=True)
class HeadModel:
    """A linear head model of V vertices, canonical millimetres (y up, z forward, origin between the eyes)."""

    neutral: np.ndarray  # (V, 3) float32: the mean head without expression
    identity: np.ndarray  # (K, V, 3) float32: what each component moves at weight 1; weights are about N(0, 1)
    expression: np.ndarray  # (53, V, 3) float32: what each expression moves at weight 1, weights in [0, 1]
    expression_names: tuple[str, ...]  # (53,), see nets/interface/expressions.py
    faces: np.ndarray  # (F, 4) int32: quads, counter-clockwise seen from outside; last index -1 for a triangle
    face_uv: np.ndarray  # (F, 4) int32: their corners' places in uv
    uv: np.ndarray  # (T, 2) float32: texture places, u right, v up, each part in a tile of its own
    part: np.ndarray  # (F,) uint8: index into part_names
    part_names: tuple[str, ...]
    chart: np.ndarray  # (N, 2) float32: places of the first N vertices in the UV layout, u right, v up; NaN: none
    eyes: dict[str, np.ndarray]  # "Left", "Right" -> the eyeball's vertices, the cornea's among them
    eye_surface: dict[str, np.ndarray]  # the same -> those of its outer surface, on which lids slide
    rigid: tuple[np.ndarray, ...]  # groups of vertices that move and grow as a whole: eyeballs, jaws
    # "Left", "Right" -> (2, 2) int: two vertices of the upper lid's edge, two of the lower's
    lids: dict[str, np.ndarray]
    # "Left", "Right" -> (C, R) int: columns of the lids' vertices once round the eye, each from the inner rim outwards,
    # from the inner corner over the upper lid to the outer corner and back along the lower one; empty where not known
    lid_columns: dict[str, np.ndarray]

    def eye_centre(self, head: np.ndarray, side: str) -> np.ndarray:
        """Return the centre (3,) of an eyeball of the head (V, 3): of the sphere, not the mean of its vertices."""
        points = head[self.eyes[side]]
        return (points.max(0) + points.min(0)) / 2
