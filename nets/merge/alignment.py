# SPDX-License-Identifier: GPL-3.0-or-later
"""Alignment of several photos' textures: one spot of the skin comes to lie at the same texel in each of them.

However well a head fits, its surface is off by some tenths of a millimetre, and an expression by more. In a blend of
textures that doubles edges. So what is left is measured as the shape was, by flow between the photos in the UV layout
(Eisemann et al., Floating Textures, Eurographics 2008, warp textures by flow in the same way, in the image).
"""

from __future__ import annotations

import cv2
import numpy as np

from nets.geometry.coarse_map import COARSE
from nets.geometry.inpainting import push_pull
from nets.geometry.uv_layout import SIZE
from nets.merge.sightings import COARSER, FINE, Comparison, Photo


def aligned_maps(
    comparison: Comparison, photos: list[Photo], maps: list[np.ndarray], facing: np.ndarray
) -> list[np.ndarray]:
    """Return maps (256, 256, 3) that show the same spot of the skin at each texel, as far as photos have it in common.

    The arguments are those of Comparison.sightings. Where a photo alone shows something, its map follows smoothly.
    """
    grid = np.stack(np.meshgrid(*[np.arange(SIZE, dtype=np.float32)] * 2), -1)
    total = [np.zeros((SIZE, SIZE, 2), np.float32) for _ in maps]
    moved = maps
    for scale in (COARSER, FINE):
        shifts, weights = comparison.shifts(photos, moved, facing, scale)
        total = [
            each + _everywhere(shift, weight, comparison)
            for each, shift, weight in zip(total, shifts, weights, strict=True)
        ]
        moved = [
            cv2.remap(each, grid + shift, None, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
            for each, shift in zip(maps, total, strict=True)
        ]
    return moved


def _everywhere(shift: np.ndarray, weight: np.ndarray, comparison: Comparison) -> np.ndarray:
    """Return the shifts (N, 2) of the nodes as a map (256, 256, 2), smooth where their weights (N,) are low."""
    values, weights = np.zeros((COARSE, COARSE, 2), np.float32), np.zeros((COARSE, COARSE), np.float32)
    values[comparison.nodes], weights[comparison.nodes] = shift, weight
    return cv2.resize(push_pull(values, weights), (SIZE, SIZE), interpolation=cv2.INTER_LINEAR)
