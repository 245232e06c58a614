# SPDX-License-Identifier: GPL-3.0-or-later
"""A texture for every frame of a performance, as the worker has written them: an image sequence on the head."""

from pathlib import Path

import bpy
import numpy as np

from ..data.performance import Performance
from ..data.timing import Keyframes, shown_frames
from .image_time import play_images


def play_frame_textures(head: bpy.types.Object, performance: Performance, keys: Keyframes) -> None:
    """Let the head's material show each frame's own texture, where a frame has none the one before."""
    files = performance.texture_files()
    tree = head.data.materials[0].node_tree
    node = tree.nodes.active
    bpy.data.images.remove(node.image)
    node.image = bpy.data.images.load(_path(files[0]))
    node.image.name, node.image.source = f"{head.name} textures", "SEQUENCE"
    scene, frames = shown_frames(keys, performance.frame)
    numbers = np.array([int(file.stem) for file in files])
    shown = numbers[np.clip(np.searchsorted(numbers, frames, side="right") - 1, 0, None)]
    play_images(node.image_user, tree, f"{node.path_from_id()}.image_user", scene, shown)


def _path(file: Path) -> str:
    return bpy.path.relpath(str(file)) if bpy.data.is_saved else str(file)
