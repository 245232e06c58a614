# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip as the background of the camera, in time with the performance."""

import re
from pathlib import Path

import bpy
import numpy as np

from ..data.sources import ClipFiles
from ..data.timing import Keyframes, shown_frames
from .image_time import play_images


def load_clip(clip: ClipFiles) -> bpy.types.Image | None:
    """Load the movie or image sequence as a Blender image; None if it is not on this machine."""
    if not clip.paths[0].is_file():
        return None
    image = bpy.data.images.load(str(clip.paths[0]), check_existing=True)
    if len(clip.paths) > 1:
        image.source = "SEQUENCE"
    return image


def play_backdrop(camera: bpy.types.Object, clip: ClipFiles, positions: np.ndarray, keys: Keyframes) -> None:
    """Make the first background image of `camera` show at every scene frame the clip frame of that time.

    positions: (F,), of the performance's frames in the clip, see clip_positions
    """
    scene, frames = shown_frames(keys, positions)
    numbers = _numbers(clip)[np.clip(frames, 0, None)] if len(clip.paths) > 1 else frames + 1
    user = camera.data.background_images[0].image_user
    play_images(user, camera.data, "background_images[0].image_user", scene, numbers)


def _numbers(clip: ClipFiles) -> np.ndarray:
    """Return the number in the name of each image (P,), by which Blender finds it; counted from 1 without numbers."""
    found = [re.findall(r"\d+", Path(path).stem) for path in clip.paths]
    return np.array([int(digits[-1]) if digits else place for place, digits in enumerate(found, 1)])
