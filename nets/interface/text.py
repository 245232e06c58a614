# SPDX-License-Identifier: GPL-3.0-or-later
"""Names as Blender can show them. No bpy."""

import os


def printable(text: str) -> str:
    """A path, or what is said of one, with the bytes that are no text as escapes; Blender takes nothing else."""
    try:
        return os.fsencode(text).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # from a file that holds what no file name does
        return text.encode("utf-8", "backslashreplace").decode("utf-8")
