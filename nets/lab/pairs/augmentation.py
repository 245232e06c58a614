# SPDX-License-Identifier: GPL-3.0-or-later
"""PRN's augmentation of training pairs (Feng et al., ECCV 2018, section 3.4): the face is turned, scaled and shifted in
the picture, colours are scaled, and noise covers parts of it. Every time that a pair is seen, it is drawn again.
"""

from __future__ import annotations

import cv2
import numpy as np

TURN = np.radians(45)
SCALE = 0.9, 1.2
SHIFT = 0.1  # of the picture's side
COLOUR = 0.6, 1.4  # factor of each channel
COVERED = 0.5  # share of the pictures, which the paper does not state
COVER_SIZE = 0.1, 0.3  # of the picture's side, half the cover's extent


def augment_pair(
    rng: np.random.Generator, photo: np.ndarray, position_map: np.ndarray, mask: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return a changed photo (S, S, 3) uint8 and its map (256, 256, 3) float32, which follows it where mask says."""
    turned, moved = turn_pair(photo, position_map, mask, *_draw_motion(rng, len(photo)))
    coloured = np.clip(turned * rng.uniform(*COLOUR, 3).astype(np.float32), 0, 255).astype(np.uint8)
    return (_cover(rng, coloured) if rng.random() < COVERED else coloured), moved


def turn_pair(
    photo: np.ndarray, position_map: np.ndarray, mask: np.ndarray, angle: float, scale: float, shift: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Turn (radians, clockwise as the viewer sees it) and scale a pair about the picture's middle, then shift (2,) it.

    z is scaled only, so that it stays 0 at the farthest vertex. The picture's border pixels are repeated.
    """
    middle = np.full(2, (len(photo) - 1) / 2)
    turn = scale * np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    affine = np.concatenate([turn, (middle + shift - turn @ middle)[:, None]], 1)
    size = photo.shape[1::-1]
    picture = cv2.warpAffine(photo, affine, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    moved = np.concatenate([position_map[..., :2] @ turn.T + affine[:, 2], scale * position_map[..., 2:]], -1)
    return picture, np.where(mask[..., None], moved, position_map).astype(np.float32)


def _draw_motion(rng: np.random.Generator, size: int) -> tuple[float, float, np.ndarray]:
    return rng.uniform(-TURN, TURN), rng.uniform(*SCALE), rng.uniform(-SHIFT, SHIFT, 2) * size


def _cover(rng: np.random.Generator, picture: np.ndarray) -> np.ndarray:
    """Cover a convex patch with a texture of noise of one grain."""
    size = len(picture)
    cells = int(rng.integers(2, 33))
    noise = rng.integers(0, 256, (cells, cells, 3), np.uint8)
    noise = cv2.resize(noise, (size, size), interpolation=cv2.INTER_LINEAR)
    reach = rng.uniform(*COVER_SIZE) * size
    corners = rng.uniform(0, size, 2) + rng.uniform(-reach, reach, (8, 2))
    patch = cv2.fillConvexPoly(np.zeros((size, size), np.uint8), cv2.convexHull(corners.astype(np.int32)), 1)
    return np.where(patch[..., None].astype(bool), noise, picture)
