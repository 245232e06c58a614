# SPDX-License-Identifier: GPL-3.0-or-later
"""Image sequences and movies in time with a performance."""

import bpy
import numpy as np

from ..data.timing import Keyframes
from .curves import write_curves


def play_images(
    user: bpy.types.ImageUser, datablock: bpy.types.ID, path: str, scene: np.ndarray, numbers: np.ndarray
) -> None:
    """Let `user`, at `path` in `datablock`, show the images of these numbers (S,) at successive scene frames (S,).

    A sequence's images are numbered by their names, a movie's from 1.
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
