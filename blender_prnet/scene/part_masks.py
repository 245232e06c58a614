# SPDX-License-Identifier: GPL-3.0-or-later
"""The masks of the parts of a face as images, which the user may paint on."""

import bpy
import numpy as np

from .head_properties import PART_MASK
from .photo import image_pixels


def mask_name(part: str, topology: str) -> str:
    """Return what marks the mask of a part of the face in the texture of heads on this mesh."""
    return f"{part} on {'grid' if topology == 'grid' else 'head'}"


def show_masks(masks: dict[str, np.ndarray], topology: str) -> list[bpy.types.Image]:
    """Make an image of each mask (S, S) uint8, white where the part is; those that there are stay as they are."""
    images = []
    for part, mask in masks.items():
        image = _mask_image(part, topology)
        if image is None:
            image = bpy.data.images.new(f"Mask {part}", mask.shape[1], mask.shape[0], alpha=False)
            image[PART_MASK] = mask_name(part, topology)
            image.colorspace_settings.name = "Non-Color"
            grey = np.repeat(mask[::-1, :, None].astype(np.float32) / 255, 4, axis=2)
            grey[..., 3] = 1
            image.pixels.foreach_set(np.ascontiguousarray(grey).ravel())
            image.pack()
            image.use_fake_user = True  # nothing else uses it
        images.append(image)
    return images


def edited_masks(parts: set[str], topology: str) -> dict[str, np.ndarray]:
    """Return the masks (S, S) uint8 of those parts that have an image."""
    images = {part: _mask_image(part, topology) for part in parts}
    return {part: np.ascontiguousarray(image_pixels(image)[..., 0]) for part, image in images.items() if image}


def _mask_image(part, topology):
    wanted = mask_name(part, topology)
    return next((image for image in bpy.data.images if image.get(PART_MASK) == wanted and all(image.size)), None)
