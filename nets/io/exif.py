# SPDX-License-Identifier: GPL-3.0-or-later
"""The tags of an EXIF block (EXIF 2.3, JEITA CP-3451C), as far as lens and date need them."""

from __future__ import annotations

import struct

from nets.interface.orientation import HEADER, HEADER_BYTES

MAKE, MODEL = 0x010F, 0x0110
EXIF_DIRECTORY = 0x8769
FOCAL_LENGTH, FOCAL_LENGTH_35MM, DIGITAL_ZOOM = 0x920A, 0xA405, 0xA404
WIDTH, HEIGHT = 0xA002, 0xA003
TAKEN = 0x9003
PLANE_RESOLUTION, PLANE_UNIT = 0xA20E, 0xA210  # pixels of the sensor per unit, along x
FORMATS = {2: "s", 3: "H", 4: "I", 5: "II", 10: "ii"}  # text, short, long, rational, signed rational
LONGEST_TEXT = 64


def read_tags(exif: bytes) -> dict[int, str | float]:
    """Return the texts and the numbers of the first directory and of the EXIF directory, by tag.

    Empty for a block that is empty or damaged; without the tags that are. A rational number with denominator 0 is 0.
    """
    header = HEADER.search(exif[:HEADER_BYTES])
    if header is None:
        return {}
    tiff = exif[header.start() :]
    order = "<" if tiff[:1] == b"I" else ">"
    tags: dict[int, str | float] = {}
    try:
        tags |= _directory(tiff, order, struct.unpack_from(order + "I", tiff, 4)[0])
        if EXIF_DIRECTORY in tags:
            tags |= _directory(tiff, order, int(tags[EXIF_DIRECTORY]))
    except struct.error:
        pass
    return tags


def _directory(tiff: bytes, order: str, start: int) -> dict[int, str | float]:
    tags: dict[int, str | float] = {}
    (count,) = struct.unpack_from(order + "H", tiff, start)
    for entry in range(start + 2, start + 2 + 12 * count, 12):
        tag, kind, length = struct.unpack_from(order + "HHI", tiff, entry)
        if kind not in FORMATS or not 0 < length <= LONGEST_TEXT or (kind != 2 and length > 1):
            continue
        form = order + (f"{length}s" if kind == 2 else FORMATS[kind])
        inline = struct.calcsize(form) <= 4
        try:
            values = struct.unpack_from(
                form, tiff, entry + 8 if inline else struct.unpack_from(order + "I", tiff, entry + 8)[0]
            )
        except struct.error:
            continue
        tags[tag] = _value(values)
    return tags


def _value(values: tuple) -> str | float:
    if isinstance(values[0], bytes):
        return values[0].split(b"\0")[0].decode("latin-1").strip()
    if len(values) == 2:
        return values[0] / values[1] if values[1] else 0.0
    return float(values[0])
