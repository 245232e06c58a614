# SPDX-License-Identifier: GPL-3.0-or-later
"""Whether the frames of a movie come unevenly, as phones, screen recorders and browsers write them."""

import struct
from pathlib import Path

import numpy as np

from .matroska import picture_times
from .movie_boxes import find, pictures_track


def has_uneven_frames(movie: str | Path) -> bool:
    """Return whether an MP4, MOV, Matroska or WebM file tells that its frames are not shown at an even rate."""
    try:
        number, time = _known_times(Path(movie))
    except (OSError, KeyError, ValueError, struct.error):
        return False
    if not len(time) or not time[-1]:
        return False
    mean = time[-1] / number[-1]
    return bool(np.abs(time - number * mean).max() > mean / 2)


def _known_times(movie: Path) -> tuple[np.ndarray, np.ndarray]:
    """Return numbers of frames, and after what time each comes, (K,) int64, rising.

    Raises OSError, KeyError, ValueError or struct.error if the file does not tell.
    """
    times = picture_times(movie)
    if len(times):
        return np.arange(1, len(times)), times[1:] - times[0]
    table = find(pictures_track(movie), b"mdia", b"minf", b"stbl", b"stts")
    (count,) = struct.unpack_from(">I", table, 4)
    number, length = np.frombuffer(table, ">u4", 2 * count, 8).reshape(-1, 2).T.astype(np.int64)
    return np.cumsum(number), np.cumsum(number * length)
