# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths as .blend files store them."""

from pathlib import Path

import bpy


def stored_path(path: Path) -> str:
    """Return the path relative to the .blend file, so that both can be moved together; absolute while it is unsaved."""
    return bpy.path.relpath(str(path)) if bpy.data.is_saved else str(path)
