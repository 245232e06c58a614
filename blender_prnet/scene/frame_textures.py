# SPDX-License-Identifier: GPL-3.0-or-later
"""The textures of the frames of a performance, which the worker has written: an image sequence on the head."""

import bpy
import numpy as np

from ..data.performance import Performance
from ..data.timing import Keyframes, shown_frames
from .image_time import play_images
from .paths import stored_path


def play_frame_textures(head: bpy.types.Object, performance: Performance, keys: Keyframes) -> None:
    """Make the head's material show the texture of each frame, or the one before if a frame has none."""
    files = performance.texture_files()
    tree = head.data.materials[0].node_tree
    node = tree.nodes.active
    bpy.data.images.remove(node.image)
    node.image = bpy.data.images.load(stored_path(files[0]))
    node.image.name, node.image.source = f"{head.name} textures", "SEQUENCE"
    scene, frames = shown_frames(keys, performance.frame)
    numbers = np.array([int(file.stem) for file in files])
    shown = numbers[np.clip(np.searchsorted(numbers, frames, side="right") - 1, 0, None)]
    play_images(node.image_user, tree, f"{node.path_from_id()}.image_user", scene, shown)
