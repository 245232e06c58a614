# SPDX-License-Identifier: GPL-3.0-or-later
"""The orientation of a photo's file. The worker applies it to the pixels; Blender does not, so its cameras must."""

import math
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

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


PNG = b"\x89PNG\r\n\x1a\n"
TURN_BOX, MIRROR_BOX = (re.compile(rb"\0\0\0\x09" + name + rb"(.)", re.DOTALL) for name in (b"irot", b"imir"))
# Quarter turns against the clock, then None, or a mirror: 0 puts the top to the bottom, 1 the left to the right.
BY_BOXES = {
    **{(0, None): 1, (0, 0): 4, (0, 1): 2, (1, None): 8, (1, 0): 5, (1, 1): 7},
    **{(2, None): 3, (2, 0): 2, (2, 1): 4, (3, None): 6, (3, 0): 7, (3, 1): 5},
}
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
            return BY_TAG.get(stored_orientation(file), UPRIGHT)
    except (OSError, struct.error):
        return UPRIGHT


def stored_orientation(file: BinaryIO) -> int:
    """Return the orientation, 1 to 8 as EXIF counts them, of an open photo. Raises OSError, struct.error."""
    head = file.read(HEAD_BYTES)
    if HEADER.match(head):
        return _in_tiff(file, head)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return _in_chunks(file, 12, "<", b"EXIF", name_first=True)
    if head.startswith(PNG):
        return _in_chunks(file, len(PNG), ">", b"eXIf", name_first=False)
    if head[4:8] == b"ftyp":
        return _in_boxes(head)
    marked = MARKED.search(head)
    return orientation_in(head[marked.end() :]) if marked else 1


def _in_tiff(file: BinaryIO, head: bytes) -> int:
    """Return the orientation of a TIFF file, whose first directory may lie at its end."""
    order = "<" if head[:1] == b"I" else ">"
    (directory,) = struct.unpack_from(order + "I", head, 4)
    file.seek(directory)
    entries = file.read(2 + 12 * 65535)
    return orientation_in(head[:4] + struct.pack(order + "I", 8) + entries)


def _in_chunks(file: BinaryIO, start: int, order: str, name: bytes, name_first: bool) -> int:
    """Return the orientation of a file of chunks: a name and a length, in this order or the other, and the data.

    PNG's data are followed by four bytes of checksum, WebP's by one where their length is odd.
    """
    place = start
    while True:
        file.seek(place)
        header = file.read(8)
        if len(header) < 8:
            return 1
        called, length = header[:4], header[4:]
        if not name_first:
            called, length = length, called
        (size,) = struct.unpack(order + "I", length)
        if called == name:
            return orientation_in(file.read(min(size, HEAD_BYTES)))
        place += 8 + (size + size % 2 if name_first else size + 4)


def _in_boxes(head: bytes) -> int:
    """Return the orientation of an AVIF or HEIC picture: its own turn and mirror, which count before EXIF's.

    ISO/IEC 23008-12, sections 6.5.10 and 6.5.12.
    """
    turn, mirror = TURN_BOX.search(head), MIRROR_BOX.search(head)
    quarters = turn[1][0] & 3 if turn else 0
    return BY_BOXES[quarters, mirror[1][0] & 1 if mirror else None]


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
