# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing OpenEXR files of one channel. OpenCV could, but only with its EXR reader enabled, which it calls unsafe.

The format: "OpenEXR File Layout", openexr.com. One scan line per block, compressed with zlib (ZIPS).
"""

from __future__ import annotations

import struct
import zlib

import numpy as np

MAGIC, VERSION = 20000630, 2
FLOAT, ZIPS, INCREASING_Y = 2, 2, 0


def encode_exr(values: np.ndarray) -> bytes:
    """Return a picture (H, W) float32 as an OpenEXR file, whose channel is Y, as of grey pictures."""
    height, width = values.shape
    window = struct.pack("<4i", 0, 0, width - 1, height - 1)
    channels = b"Y\0" + struct.pack("<iB3xii", FLOAT, 0, 1, 1) + b"\0"
    attributes = (
        ("channels", "chlist", channels),
        ("compression", "compression", bytes([ZIPS])),
        ("dataWindow", "box2i", window),
        ("displayWindow", "box2i", window),
        ("lineOrder", "lineOrder", bytes([INCREASING_Y])),
        ("pixelAspectRatio", "float", struct.pack("<f", 1)),
        ("screenWindowCenter", "v2f", struct.pack("<2f", 0, 0)),
        ("screenWindowWidth", "float", struct.pack("<f", 1)),
    )
    header = struct.pack("<2i", MAGIC, VERSION)
    for name, kind, content in attributes:
        header += f"{name}\0{kind}\0".encode() + struct.pack("<i", len(content)) + content
    header += b"\0"
    lines = [struct.pack("<i", y) + _packed(line) for y, line in enumerate(values.astype("<f4"))]
    ends = np.cumsum([len(line) for line in lines])
    offsets = len(header) + 8 * height + np.concatenate([[0], ends[:-1]])
    return header + offsets.astype("<u8").tobytes() + b"".join(lines)


def _packed(line: np.ndarray) -> bytes:
    """Return a scan line's size and data: even bytes before odd ones, as differences, deflated if that is smaller."""
    plain = line.tobytes()
    data = np.frombuffer(plain, np.uint8)
    data = np.concatenate([data[::2], data[1::2]])
    data[1:] = np.diff(data) + np.uint8(128)  # modulo 256
    packed = zlib.compress(data.tobytes(), 6)
    content = packed if len(packed) < len(plain) else plain
    return struct.pack("<i", len(content)) + content
