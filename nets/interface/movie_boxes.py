# SPDX-License-Identifier: GPL-3.0-or-later
"""The boxes of MP4 and MOV files (ISO 14496-12): among them the mirror that the display matrix asks for."""

import struct
from collections.abc import Iterator
from pathlib import Path

from .orientation import UPRIGHT, Orientation

BOX_SIGNATURES = (b"ftyp", b"moov", b"mdat", b"wide", b"free", b"skip")
LARGEST_INDEX = 1 << 28
MATRIX_AT = 40, 52  # bytes into the box tkhd, of versions 0 and 1


def index_of(movie: Path) -> bytes:
    """Return the content of a file's box moov, empty if there is none. Raises OSError."""
    with movie.open("rb") as file:
        length = file.seek(0, 2)
        file.seek(0)
        while len(head := file.read(16)) >= 8:
            size, kind = struct.unpack_from(">I4s", head)
            if size == 1 and len(head) == 16:
                (size,) = struct.unpack_from(">Q", head, 8)
            if kind == b"moov":
                file.seek(8 - len(head), 1)
                return file.read(min(max(size - 8, 0), LARGEST_INDEX))
            if not 8 <= size <= length:
                break
            file.seek(size - len(head), 1)
    return b""


def parts(content: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield kind and content of the boxes directly within a box's content, as far as they make sense."""
    position = 0
    while position + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, position)
        if size < 8:
            return
        yield kind, content[position + 8 : position + size]
        position += size


def find(content: bytes, *path: bytes) -> bytes:
    """Return the content of the first box at a path within a box's content. Raises KeyError."""
    for kind in path:
        content = next((inner for each, inner in parts(content) if each == kind), None)
        if content is None:
            raise KeyError(kind)
    return content


def movie_mirror(movie: str | Path) -> Orientation:
    """Return the flip that makes a movie upright after the turn that FFmpeg, and so Blender, applies by itself.

    FFmpeg takes a display matrix for a turn. One that mirrors the picture comes out upside down or the wrong way round.
    """
    try:
        header = find(pictures_track(Path(movie)), b"tkhd")
        a, b, _, c, d = struct.unpack_from(">5i", header, MATRIX_AT[header[0] & 1])
    except (OSError, KeyError, IndexError, struct.error):
        return UPRIGHT
    if a * d - b * c >= 0:
        return UPRIGHT
    return Orientation(flip_y=True) if abs(a) > abs(b) else Orientation(flip_x=True)


def pictures_track(movie: Path) -> bytes:
    """Return the track of a movie's pictures. Raises KeyError if there is none, OSError."""
    with movie.open("rb") as file:
        if file.read(8)[4:] not in BOX_SIGNATURES:
            raise KeyError(b"ftyp")
    for kind, track in parts(index_of(movie)):
        if kind == b"trak" and find(track, b"mdia", b"hdlr")[8:12] == b"vide":
            return track
    raise KeyError(b"vide")
