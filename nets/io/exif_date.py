# SPDX-License-Identifier: GPL-3.0-or-later
"""When a photo was taken, as its camera wrote into the file."""

from __future__ import annotations

import re
from pathlib import Path

from nets.interface.orientation import HEAD_BYTES, MARKED
from nets.io.exif import TAKEN, read_tags

FIRST_YEAR, LAST_YEAR = 1990, 2100  # others are clocks that were never set


def year_taken(path: str | Path) -> int | None:
    """Return the year in which a photo was taken; None if its file does not tell it or cannot be read."""
    try:
        with Path(path).open("rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return None
    mark = MARKED.search(head)  # none in TIFF, which begins with the block
    taken = read_tags(head[mark.start() if mark else 0 :]).get(TAKEN)
    match = re.match(r"(\d{4}):", taken) if isinstance(taken, str) else None
    year = int(match[1]) if match else 0
    return year if FIRST_YEAR <= year <= LAST_YEAR else None
