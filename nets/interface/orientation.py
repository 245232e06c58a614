# SPDX-License-Identifier: GPL-3.0-or-later
"""The EXIF orientation of a photo. The worker applies it to the pixels; Blender does not, so its cameras must."""

import math
import re
import struct
from dataclasses import dataclass
from pathlib import Path

ORIENTATION_TAG = 0x0112
HEAD_BYTES = 1 << 18  # the EXIF block is near the file's start
MARKED = re.compile(rb"(?:Exif\0\0|eXIf)(?=II\*\0|MM\0\*)")  # how JPEG and PNG mark an EXIF block
HEADER = re.compile(rb"II\*\0|MM\0\*")  # of TIFF, with which an EXIF block begins
HEADER_BYTES = 16  # within which it does: some writers leave the mark before it


@dataclass(frozen=True)
class Orientation:
    """The flips, and then the clockwise turn in radians, that make the stored picture upright."""

    flip_x: bool = False
    flip_y: bool = False
    turn: float = 0.0

    @property
    def swaps_sides(self) -> bool:
        return abs(self.turn) == math.pi / 2

    def mirrored(self) -> "Orientation":
        """Return the orientation that shows the upright picture with left and right exchanged."""
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
    """Return the orientation of a photo's file; upright if the file does not tell or cannot be read."""
    try:
        with open(path, "rb") as file:
            head = file.read(HEAD_BYTES)
    except OSError:
        return UPRIGHT
    marked = MARKED.search(head)
    return BY_TAG.get(orientation_in(head[marked.end() :]), UPRIGHT) if marked else UPRIGHT


def orientation_in(exif: bytes) -> int:
    """Return the orientation, 1 to 8, in the first directory of an EXIF block (EXIF 2.3, section 4.6).

    1 is upright, and the answer for a block that is empty, damaged or does not tell.
    """
    header = HEADER.search(exif[:HEADER_BYTES])
    if header is None:
        return 1
    tiff = exif[header.start() :]
    order = "<" if tiff[:1] == b"I" else ">"
    try:
        (directory,) = struct.unpack_from(order + "I", tiff, 4)
        (count,) = struct.unpack_from(order + "H", tiff, directory)
        for entry in range(directory + 2, directory + 2 + 12 * count, 12):
            tag, _, _, value = struct.unpack_from(order + "HHIH", tiff, entry)
            if tag == ORIENTATION_TAG:
                return value if 1 <= value <= 8 else 1
    except struct.error:
        pass
    return 1
