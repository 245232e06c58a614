# SPDX-License-Identifier: GPL-3.0-or-later
"""The boxes of the faces that were found in an image, kept with the image so that one can be chosen."""

import bpy
import numpy as np

from .camera import photo_of
from .corrections import Corrections
from .head_properties import FOUND_FACES, HeadProperties


def keep_found_faces(image: bpy.types.Image, boxes: np.ndarray) -> None:
    """Store `boxes`: (K, 4), left, top, right, bottom in pixels of the upright photo."""
    image[FOUND_FACES] = boxes.ravel().tolist()


def found_faces(image: bpy.types.Image | None) -> list[tuple[float, ...]]:
    """Return the stored boxes of an image, none if there is no image."""
    if image is None or FOUND_FACES not in image:
        return []
    return [tuple(box) for box in np.array(image[FOUND_FACES]).reshape(-1, 4)]


def found_faces_of_head(head: bpy.types.Object) -> list[tuple[float, ...]]:
    """Return the boxes of the faces in the photo of `head`, mirrored if the photo is treated as a mirror image."""
    boxes = found_faces(photo_of(head))
    if not Corrections.of(head).mirrored:
        return boxes
    width = HeadProperties.of(head).image_size[0]
    return [(width - 1 - right, top, width - 1 - left, bottom) for left, top, right, bottom in boxes]
