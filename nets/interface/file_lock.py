# SPDX-License-Identifier: GPL-3.0-or-later
"""A lock on an open file, held by one process at a time. The system frees it when the process ends."""

import os
from typing import BinaryIO

LOCKED_BYTE = 1 << 40  # beyond what any file holds: Windows locks ranges, and no other process may read them


def lock_file(file: BinaryIO) -> bool:
    """Take an exclusive lock; return False if another process holds it. Closing the file frees it."""
    try:
        if os.name == "nt":
            import msvcrt

            file.seek(LOCKED_BYTE)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True
