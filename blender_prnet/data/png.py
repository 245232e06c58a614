# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures as PNG files in memory.

Blender's own encoder needs bpy and would stop the window; this one can run in a thread. The worker has another, which
uses OpenCV: textures cross to Blender as raw pixels, since both processes are on one machine and encoding costs more.
"""

import struct
import zlib

import numpy as np

UP = 2  # PNG's filter type that writes each row as its difference from the row above (PNG, 2nd ed., section 9)


def encode_png(rgb: np.ndarray) -> bytes:
    """Return the PNG file of an image: (H, W, 3) uint8, sRGB, row 0 on top."""
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
