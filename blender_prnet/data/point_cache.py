# SPDX-License-Identifier: GPL-3.0-or-later
"""The vertices of a performance over time, as a PC2 file that Blender's Mesh Cache modifier plays."""

import os
import struct
from pathlib import Path

import numpy as np

from .coordinates import local_from_canonical
from .performance import Performance, PerformanceError

HEADER = struct.Struct("<12siiffi")  # signature, version, points, first frame, frames per sample, samples
AT_ONCE = 64  # frames computed at once; all of them may not fit into memory


def write_point_cache(performance: Performance, path: Path) -> None:
    """Write one sample per frame of the performance, local space, metres.

    The file gets its name when it is complete. Raises PerformanceError if it cannot be written.
    """
    partial = path.with_name(f"{path.name}.partial")
    frames, vertices = len(performance.frame), len(performance.neutral)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with open(partial, "wb") as file:
            file.write(HEADER.pack(b"POINTCACHE2\0", 1, vertices, 0.0, 1.0, frames))
            for start in range(0, frames, AT_ONCE):
                offsets = np.tensordot(performance.weights[start : start + AT_ONCE], performance.basis, 1)
                file.write(local_from_canonical(performance.neutral + offsets).astype("<f4").tobytes())
        os.replace(partial, path)
    except OSError as error:
        partial.unlink(missing_ok=True)
        raise PerformanceError(f"{path} cannot be written: {error.strerror}. Make room, or save elsewhere") from error
