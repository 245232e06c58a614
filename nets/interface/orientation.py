# SPDX-License-Identifier: GPL-3.0-or-later
"""The EXIF orientation of a photo, which Blender does not apply and the worker does."""

import math
import re
import struct
from dataclasses import dataclass
from pathlib import Path

ORIENTATION_TAG = 0x0112
HEAD_BYTES = 1 << 18  # the EXIF block is near the file's start
EXIF = re.compile(rb"(?:Exif\0\0|eXIf)(II\*\0|MM\0\*)")  # as JPEG and as PNG mark it, and the TIFF header in it


@dataclass(frozen=True)
class Orientation:
    """What makes the stored picture upright: first the flips, then a clockwise turn in radians."""

    flip_x: bool = False
    flip_y: bool = False
    turn: float = 0.0

    @property
    def swaps_sides(self) -> bool:
        return abs(self.turn) == math.pi / 2

    def mirrored(self) -> "Orientation":
        """What shows the upright picture mirrored, left for right."""
        return Orientation(not self.flip_x, self.flip_y, -self.turn)


UPRIGHT = Orientation()
BY_TAG = {
    2: Orientation(flip_x=True),
    3: Orientation(turn=math.pi),
    4: Orientation(flip_y=True),
    5: Orientation(flip_x=True, turn=-math.pi / 2),
    6: Orientation(turn=math.pi / 2),
    7: Orientation(flip_x=True, turn=math.pi / 2),
    8: Orientation(turn=-math.pi / 2),
}


def read_orientation(path: str | Path) -> Orientation:
    """The Orientation of the file at `path`; upright where the file says nothing or cannot be read."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return UPRIGHT
    exif = EXIF.search(head)
    return BY_TAG.get(_orientation_tag(head[exif.start(1) :]), UPRIGHT) if exif else UPRIGHT


def _orientation_tag(tiff: bytes) -> int | None:
    """The tag's value in a TIFF header and its first directory (EXIF 2.3, section 4.6), or None."""
    order = "<" if tiff[:1] == b"I" else ">"
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, directory)
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, entry)
            if tag == ORIENTATION_TAG:
                return value
    except struct.error:
        pass  # a damaged block says nothing
    return None
