# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures as PNG files in memory. No bpy: Blender's own encoder would hold up the window, this may run in a thread."""

import struct
import zlib

import numpy as np

UP = 2  # each row is written as its difference from the row above it (PNG, 2nd ed., section 9)


def encode_png(rgb: np.ndarray) -> bytes:
    """(H, W, 3) u1 sRGB, row 0 on top -> the bytes of a PNG file."""
    height, width = rgb.shape[:2]
    rows = np.zeros((height + 1, 3 * width), np.uint8)
    rows[1:] = rgb.reshape(height, -1)
    filtered = np.full((height, 1 + 3 * width), UP, np.uint8)
    np.subtract(rows[1:], rows[:-1], out=filtered[:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)  # 8 bits, RGB
    chunks = _chunk(b"IHDR", header), _chunk(b"IDAT", zlib.compress(filtered, 1)), _chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + b"".join(chunks)


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
