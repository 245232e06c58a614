# SPDX-License-Identifier: GPL-3.0-or-later
"""A head that plays the vertices in a PC2 file by Blender's Mesh Cache modifier, so that they take no memory."""

from pathlib import Path

import bpy

from ..data.timing import Keyframes
from .curves import write_curves
from .paths import stored_path


def animate_point_cache(head: bpy.types.Object, path: Path, keys: Keyframes) -> None:
    """Make `head` play the file at `path`, whose samples are the rows of the performance."""
    cache = head.modifiers.new("Performance", "MESH_CACHE")
    cache.cache_format = "PC2"
    cache.filepath = stored_path(path)
    cache.play_mode, cache.time_mode = "CUSTOM", "FRAME"
    write_curves(head, [(f"{cache.path_from_id()}.eval_frame", 0)], keys, keys.row[:, None])
