# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and movies that say what they are: in a PNG's text, a JPEG's EXIF, a movie's comment.

PNG: W3C, Portable Network Graphics, section 11.3.3; EXIF 2.32, section 4.6; MP4: QuickTime File Format, user data.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from pathlib import Path

import cv2
import numpy as np

from nets.errors import OutputError, UsageError
from nets.io.files import replace_file
from nets.io.movie_sound import Sound, box, with_sound

SOFTWARE = "PRNet Face Capture"
JPEG_QUALITY = 95
PNG_HEAD = 33  # bytes of a PNG's signature and its first chunk
DESCRIPTION, SOFTWARE_TAG, ASCII = 0x010E, 0x0131, 2
KEEPS_ITEMS = (b"moov", b"udta", b"meta", b"ilst")  # the boxes within each other that hold a movie's comment
PARTIAL = ".part.mp4"  # OpenCV chooses the container by the ending


def encode_marked(picture: np.ndarray, description: str, ending: str = ".png") -> bytes:
    """Return a picture (H, W, 3) uint8 RGB as a file that holds a description. ending: .png, .jpg or .jpeg."""
    bgr = cv2.cvtColor(picture, cv2.COLOR_RGB2BGR)
    if ending == ".png":
        content = cv2.imencode(".png", bgr, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes()
        texts = (("Software", SOFTWARE), ("Description", description))
        chunks = b"".join(_chunk(b"tEXt", f"{name}\0{text}".encode("latin-1")) for name, text in texts)
        return content[:PNG_HEAD] + chunks + content[PNG_HEAD:]
    content = cv2.imencode(".jpg", bgr, [cv2.IMWRITE_JPEG_QUALITY, JPEG_QUALITY])[1].tobytes()
    block = b"Exif\0\0" + _exif(((DESCRIPTION, description), (SOFTWARE_TAG, SOFTWARE)))
    return content[:2] + b"\xff\xe1" + struct.pack(">H", len(block) + 2) + block + content[2:]


def write_marked_movie(
    path: Path, pictures: Iterable[np.ndarray], rate: float, description: str, sound: Sound | None = None
) -> None:
    """Write pictures (H, W, 3) uint8 RGB as an .mp4 movie whose comment is the description, with sound if it is given.

    Raises OutputError.
    """
    partial, writer = path.with_name(f".{path.name}{PARTIAL}"), None
    try:
        for picture in pictures:
            if writer is None:
                size = picture.shape[1], picture.shape[0]
                writer = cv2.VideoWriter(str(partial), cv2.VideoWriter_fourcc(*"mp4v"), rate, size)
                if not writer.isOpened():
                    raise OutputError("the movie cannot be written", path, "Choose a folder for single pictures")
            writer.write(cv2.cvtColor(picture, cv2.COLOR_RGB2BGR))
        if writer is None:
            raise UsageError("the clip has no frames", path)
        writer.release()
        movie = partial.read_bytes()
        replace_file(path, with_comment(with_sound(movie, sound) if sound else movie, description))
    finally:
        partial.unlink(missing_ok=True)


def with_comment(movie: bytes, comment: str) -> bytes:
    """Return an MP4 file with a comment. Its movie box is the last, so that nothing else moves."""
    text = comment.encode()
    return _with_item(movie, KEEPS_ITEMS, box(b"\xa9cmt", box(b"data", struct.pack(">2I", 1, 0) + text)))


def _with_item(content: bytes, path: tuple[bytes, ...], item: bytes) -> bytes:
    """Return boxes with an item added in the box at the path, which is made where it is missing."""
    if not path:
        return content + item
    position, name = 0, path[0]
    while position + 8 <= len(content):
        size, kind = struct.unpack_from(">I4s", content, position)
        head = 8
        if size == 1:
            (size,), head = struct.unpack_from(">Q", content, position + 8), 16
        if kind == name:
            head += 4 if kind == b"meta" else 0  # version and flags
            inner = content[position + head : position + size]
            changed = content[position + 8 : position + head] + _with_item(inner, path[1:], item)
            return content[:position] + box(kind, changed) + content[position + size :]
        position += max(size, 8)
    handler = box(b"hdlr", bytes(8) + b"mdirappl" + bytes(9))
    inner = b"" if name != b"meta" else bytes(4) + handler
    return content + box(name, inner + _with_item(b"", path[1:], item))


def _chunk(kind: bytes, content: bytes) -> bytes:
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def _exif(entries: tuple[tuple[int, str], ...]) -> bytes:
    """Return an EXIF block with text entries, tags in rising order."""
    texts = [text.encode("ascii", "replace") + b"\0" for _, text in entries]
    directory = struct.pack("<H", len(entries))
    offset = 8 + 2 + 12 * len(entries) + 4
    for (tag, _), text in zip(entries, texts, strict=True):
        directory += struct.pack("<2H2I", tag, ASCII, len(text), offset)
        offset += len(text)
    return b"II*\0" + struct.pack("<I", 8) + directory + bytes(4) + b"".join(texts)
