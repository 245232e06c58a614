# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of a face in the UV layout, and the exchange of such parts between textures, as PRN's demo does with eyes.

What is taken from another face keeps its own detail, and is shifted in colour by a smooth field that equals the
difference of both faces around the part (a membrane, as in gradient-domain cloning: Pérez, Gangnet, Blake, SIGGRAPH
2003). The field is found on the 256 x 256 texels of the layout, so that clips do not flicker.
"""

from __future__ import annotations

from collections.abc import Iterable

import cv2
import numpy as np

from nets.capture.monochrome import in_tones, tones_of
from nets.capture.texture import enlarge, reduce
from nets.geometry.inpainting import push_pull
from nets.geometry.uv_layout import FACE_WEIGHT, SIZE, UVLayout

FEATHER = 2.5  # texels, standard deviation of the masks' blur
RING = 9  # texels around a part in which the two faces are compared
BROW, LID, LIP, WING = 5, 8, 3, 10  # texels by which parts reach beyond their landmarks
NOSE, LIPS = slice(27, 36), slice(48, 60)  # landmarks, iBUG order
PARTS = ("eyes", "brows", "nose", "lips", "cheeks", "beard", "forehead")


def part_masks(layout: UVLayout) -> dict[str, np.ndarray]:
    """Return the mask of each of PARTS in a layout, (256, 256) float32 in [0, 1], feathered and symmetric.

    eyes have the lids, brows the skin they grow on; beard is where one grows: jaw, chin and upper lip without the lips
    """
    landmarks = layout.feature_texels
    face = layout.weights > FACE_WEIGHT
    row, column = np.mgrid[:SIZE, :SIZE]
    middle, half = (SIZE - 1) / 2, np.abs(column - (SIZE - 1) / 2)

    eyes = sum(_grown(_hull(landmarks[eye]), LID) for eye in (slice(36, 42), slice(42, 48))) > 0
    brows = sum(_grown(_hull(landmarks[brow]), BROW) for brow in (slice(17, 22), slice(22, 27))) > 0
    lips = _grown(_hull(landmarks[LIPS]), LIP)
    base, corners = landmarks[33, 0] + LIP, landmarks[[48, 54], 0].mean()
    nose = _grown(_hull(landmarks[NOSE]), WING) & (row < base) & (row > landmarks[27, 0])
    wings = np.ptp(landmarks[[31, 35], 1]) / 2 + WING
    below_nose = row > base + (corners - base) * np.clip((half - wings) / wings, 0, 1)
    above_brows = row < np.interp(half, np.abs(landmarks[22:27, 1] - middle), landmarks[22:27, 0])
    features = eyes | brows | nose | lips
    parts = {
        "eyes": eyes & ~brows,
        "brows": brows,
        "nose": nose & ~eyes & ~lips,
        "lips": lips,
        "cheeks": face & ~features & ~below_nose & (row > landmarks[[39, 42], 0].mean()),
        "beard": face & ~features & below_nose,
        "forehead": face & ~features & above_brows,
    }
    return {name: _feathered(mask | mask[:, ::-1]) for name, mask in parts.items()}


def take_parts(texture: np.ndarray, source: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return a texture with parts of another one, in the colours of its own surroundings.

    texture, source: (T, T, 3) uint8, in the same layout; mask: (256, 256) float32, of the parts, see part_masks
    """
    size = len(texture)
    if len(source) != size:
        source = cv2.resize(
            source, (size, size), interpolation=cv2.INTER_AREA if len(source) > size else cv2.INTER_CUBIC
        )
    if (tones := tones_of(texture.reshape(-1, 3))) is not None:
        source = in_tones(source, tones)
    around = cv2.dilate(mask, np.ones((2 * RING + 1, 2 * RING + 1))) * (1 - mask)
    shift = push_pull(reduce(texture) - reduce(source), around**2)
    share, shift = enlarge(mask, size)[..., None], enlarge(shift, size)
    return np.uint8(np.clip(texture + share * (source + shift - texture) + 0.5, 0, 255))


def union(masks: Iterable[np.ndarray]) -> np.ndarray:
    """Return the mask of several parts together."""
    return np.maximum.reduce(list(masks))


def _hull(landmarks: np.ndarray) -> np.ndarray:
    hull = cv2.convexHull(np.ascontiguousarray(landmarks[:, ::-1], np.int32))
    return cv2.fillConvexPoly(np.zeros((SIZE, SIZE), np.uint8), hull, 1) > 0


def _grown(mask: np.ndarray, texels: int) -> np.ndarray:
    circle = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * texels + 1,) * 2)
    return cv2.dilate(mask.astype(np.uint8), circle) > 0


def _feathered(mask: np.ndarray) -> np.ndarray:
    return cv2.GaussianBlur(mask.astype(np.float32), (0, 0), FEATHER)
