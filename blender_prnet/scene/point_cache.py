# SPDX-License-Identifier: GPL-3.0-or-later
"""Vertices over time in a PC2 file, played by Blender's Mesh Cache modifier: nothing of them is in memory."""

from pathlib import Path

import bpy

from ..data.timing import Keyframes
from .curves import write_curves


def animate_point_cache(head: bpy.types.Object, path: Path, keys: Keyframes) -> None:
    """Let `head` play the file at `path`, whose samples are the rows that `keys` names."""
    cache = head.modifiers.new("Performance", "MESH_CACHE")
    cache.cache_format = "PC2"
    cache.filepath = _relative(path)
    cache.play_mode, cache.time_mode = "CUSTOM", "FRAME"
    write_curves(head, [(f"{cache.path_from_id()}.eval_frame", 0)], keys, keys.row[:, None])


def _relative(path):
    return bpy.path.relpath(str(path)) if bpy.data.is_saved else str(path)
