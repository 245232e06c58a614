# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture in the panel of the frame that the worker is at."""

import bpy.utils.previews
import numpy as np

_collection = None


def show(picture: np.ndarray) -> None:
    """(h, w, 3) u1, row 0 on top."""
    global _collection
    if _collection is None:
        _collection = bpy.utils.previews.new()
    preview = _collection.get("frame") or _collection.new("frame")
    height, width = picture.shape[:2]
    colours = np.full((height, width, 4), 255, np.uint8)  # Blender's rows start at the bottom
    colours[..., :3] = picture[::-1]
    preview.image_size = width, height
    preview.image_pixels.foreach_set(colours.reshape(-1, 4).view("<i4").ravel())


def icon() -> int:
    """The picture's icon, 0 if there is none."""
    return _collection["frame"].icon_id if _collection and "frame" in _collection else 0


def clear() -> None:
    global _collection
    if _collection is not None:
        bpy.utils.previews.remove(_collection)
        _collection = None
