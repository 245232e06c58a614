# SPDX-License-Identifier: GPL-3.0-or-later
"""Image sequences and movies that play in time with a performance."""

import bpy
import numpy as np

from ..data.timing import Keyframes
from .curves import write_curves

EARLIEST = -1_048_574  # the first frame at which Blender lets an image user start


def hold_frame(user: bpy.types.ImageUser, frame: int) -> None:
    """Make an image user show one frame of a movie, counted from 0, at every frame of the scene."""
    user.use_auto_refresh = True
    user.frame_start, user.frame_duration = EARLIEST, 1  # after its end, what it showed last stays
    user.frame_offset = frame


def play_images(
    user: bpy.types.ImageUser, datablock: bpy.types.ID, path: str, scene: np.ndarray, numbers: np.ndarray
) -> None:
    """Make an image user show one image per scene frame.

    user, path: the image user and its data path in `datablock`
    scene: (S,) int, successive scene frames
    numbers: (S,) int, the image for each: the number in the name of a sequence's image, or a movie's frame from 1
    """
    user.use_auto_refresh = True
    user.frame_start = int(scene[0])
    user.frame_duration = len(scene)
    offset = numbers - (scene - scene[0] + 1)  # Blender shows number (frame - frame_start + 1 + offset)
    user.frame_offset = int(offset[0])
    if np.ptp(offset):
        row = np.arange(len(scene))
        keys = Keyframes(row, scene.astype(float), row == row[-1])
        write_curves(datablock, [(f"{path}.frame_offset", 0)], keys, offset[:, None], steps=True)
