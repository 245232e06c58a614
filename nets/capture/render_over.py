# SPDX-License-Identifier: GPL-3.0-or-later
"""A head that was painted or sculpted goes back over its photo, without what was not changed.

The photo is changed by the difference between the head as it is and as it was captured. So a head that nobody has
edited leaves its photo as it is, and skin under a light tint keeps the photo's fine detail. This is the general form of
the texture editing of PRN's demo (Feng et al., ECCV 2018, released code), which draws the whole face again.
"""

from __future__ import annotations

import cv2
import numpy as np

from nets.geometry.seen_mesh import SeenMesh
from nets.geometry.textured_mesh import TexturedMesh
from nets.geometry.visibility import smoothstep

HIDDEN, PLAIN = 0.5, 0.85  # probability of plain view at which nothing and all of the head is drawn
FEATHER = 1.0  # pixels, standard deviation of the blur of edges
AROUND = 0.1  # of the head's size in the photo, how far the skin around eyes and teeth reaches
SAME, OTHER = 12.0, 48.0  # grey levels of change up to which the photo's detail stays, and from which it is gone


def render_over(photo: np.ndarray, head: TexturedMesh, captured: TexturedMesh, shown: np.ndarray) -> np.ndarray:
    """Return a photo (H, W, 3) uint8 with what was changed of its head.

    head, captured: the head as it is and as it was captured, before the photo's camera
    shown: (H, W) float32 in [0, 1], how much of the head is drawn, see plain_view
    """
    old = photo.astype(np.float32)
    drawn, before = over(head, old), over(captured, old)
    change = np.abs(drawn - before).max(2, keepdims=True)
    detail = (old - before) * (1 - smoothstep((change - SAME) / (OTHER - SAME)))  # 0 beside the captured head
    share = np.where(change[..., 0] > 0, shown, 0)[..., None]
    return mixed(old, drawn + detail, share)


def draw_over(photo: np.ndarray, drawn: np.ndarray, shown: np.ndarray) -> np.ndarray:
    """Return a photo (H, W, 3) uint8 with a render of its head over it.

    drawn: (H, W, 4) uint8, sRGB and alpha, not premultiplied; shown: as for render_over
    """
    share = shown * drawn[..., 3] / 255
    return mixed(photo.astype(np.float32), drawn[..., :3].astype(np.float32), share[..., None])


def plain_view(mesh: SeenMesh, in_view: np.ndarray) -> np.ndarray:
    """Return how much of a head is drawn at each pixel of its photo, (H, W) float32 in [0, 1].

    in_view: (V,) in [0, 1], the probability that nothing covers the vertex in the photo, such as hair, a hand or
        glasses; NaN where it is not known: eyes and teeth are seen where the skin around them is
    What is drawn ends softly, within the head's outline.
    """
    raster = mesh.raster
    values = raster.interpolate(in_view)
    known = raster.picture(~np.isnan(values), False).astype(np.float32)
    reach = max(AROUND * np.sqrt(len(raster.row)), FEATHER)
    there = raster.picture(np.nan_to_num(values), 0)
    around = cv2.GaussianBlur(there, (0, 0), reach) / np.maximum(cv2.GaussianBlur(known, (0, 0), reach), 1e-6)
    there = np.where(known > 0, there, around)
    probability = cv2.GaussianBlur(there, (0, 0), FEATHER)
    outline = cv2.GaussianBlur(raster.mask.astype(np.float32), (0, 0), FEATHER)
    return smoothstep((probability - HIDDEN) / (PLAIN - HIDDEN)) * smoothstep(2 * outline - 1) * raster.mask


def over(head: TexturedMesh, picture: np.ndarray) -> np.ndarray:
    """Return a picture (H, W, 3) float32 with all of a head drawn over it."""
    result = picture.copy()
    result[head.raster.row, head.raster.column] = head.colours
    return result


def mixed(old: np.ndarray, new: np.ndarray, share: np.ndarray) -> np.ndarray:
    """Return old and new colours (H, W, 3) float32, 0 to 255, mixed by the new one's share (H, W, 1), as uint8."""
    return np.uint8(np.clip(old + share * (new - old) + 0.5, 0, 255))
