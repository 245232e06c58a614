# SPDX-License-Identifier: GPL-3.0-or-later
"""The times of the pictures in Matroska and WebM files (RFC 9559)."""

import struct
from pathlib import Path

import numpy as np

SIGNATURE = b"\x1a\x45\xdf\xa3"
SEGMENT, TRACKS, TRACK, CLUSTER, BLOCK_GROUP = 0x18538067, 0x1654AE6B, 0xAE, 0x1F43B675, 0xA0
PARENTS = {SEGMENT, TRACKS, TRACK, CLUSTER, BLOCK_GROUP}  # elements whose parts are read; their sizes may be unknown
TRACK_NUMBER, TRACK_TYPE, CLUSTER_TIME, SIMPLE_BLOCK, BLOCK = 0xD7, 0x83, 0xE7, 0xA3, 0xA1
PICTURES = 1  # the type of their track
MOST_ELEMENTS = 5_000_000  # of a file: some hours of pictures and sound
LONGEST_NUMBER = 8  # bytes


def picture_times(movie: Path) -> np.ndarray:
    """Return the times (F,) int64 of a file's pictures, rising, in its own unit, mostly a millisecond.

    What is damaged ends the search. Empty if the file is no Matroska file. Raises OSError.
    """
    times, pictures, number, cluster = [], None, 0, 0
    with movie.open("rb") as file:
        if file.read(len(SIGNATURE)) != SIGNATURE:
            return np.zeros(0, np.int64)
        file.seek(_number(file, marked=False) or 0, 1)
        for _ in range(MOST_ELEMENTS):
            kind, size = _number(file, marked=True), _number(file, marked=False)
            if kind is None or (size is None and kind not in PARENTS):
                break
            if kind in PARENTS:
                continue
            start = file.tell()
            if kind in (TRACK_NUMBER, TRACK_TYPE, CLUSTER_TIME):
                value = int.from_bytes(file.read(min(size, LONGEST_NUMBER)), "big")
                number = value if kind == TRACK_NUMBER else number
                cluster = value if kind == CLUSTER_TIME else cluster
                if kind == TRACK_TYPE and value == PICTURES and pictures is None:
                    pictures = number
            elif kind in (SIMPLE_BLOCK, BLOCK) and _number(file, marked=False) == pictures:
                offset = file.read(2)
                if len(offset) == 2:
                    times.append(cluster + struct.unpack(">h", offset)[0])
            file.seek(start + size)
    return np.sort(np.array(times, np.int64))


def _number(file, marked: bool) -> int | None:
    """Read a number of variable length; None if there is none, or if all its bits are set: a size that is not known.

    marked: whether the bit that marks the length belongs to the number, as in the kinds of elements
    """
    first = file.read(1)
    if not first or not first[0]:
        return None
    length = 9 - first[0].bit_length()
    content = first + file.read(length - 1)
    if len(content) < length:
        return None
    value, mark = int.from_bytes(content, "big"), 1 << 7 * length
    if marked:
        return value
    return None if value == 2 * mark - 1 else value - mark
