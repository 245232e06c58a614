# SPDX-License-Identifier: GPL-3.0-or-later
"""The picture of the frame that is being tracked, as an icon that a panel can draw."""

import bpy.utils.previews
import numpy as np


class PreviewIcon:
    """Holds at most one picture."""

    def __init__(self):
        self._collection = None

    def show(self, picture: np.ndarray) -> None:
        """Replace the picture. picture: (H, W, 3) uint8, row 0 on top."""
        if self._collection is None:
            self._collection = bpy.utils.previews.new()
        preview = self._collection.get("frame") or self._collection.new("frame")
        height, width = picture.shape[:2]
        colours = np.full((height, width, 4), 255, np.uint8)  # Blender's rows start at the bottom
        colours[..., :3] = picture[::-1]
        preview.image_size = width, height
        preview.image_pixels.foreach_set(colours.reshape(-1, 4).view("<i4").ravel())

    @property
    def icon(self) -> int:
        """The number of the picture's icon, 0 if there is none."""
        return self._collection["frame"].icon_id if self._collection and "frame" in self._collection else 0

    def clear(self) -> None:
        if self._collection is not None:
            bpy.utils.previews.remove(self._collection)
            self._collection = None
