# SPDX-License-Identifier: GPL-3.0-or-later
"""Paths and names as text that can be shown and written anywhere."""

import os


def printable(text: object) -> str:
    """Return the text with those bytes of a file name that are not text as escapes. Blender shows nothing else."""
    try:
        return os.fsencode(str(text)).decode("utf-8", "backslashreplace")
    except UnicodeEncodeError:  # a character that no file name holds
        return str(text).encode("utf-8", "backslashreplace").decode("utf-8")
