# SPDX-License-Identifier: GPL-3.0-or-later
"""Writing MATLAB files of level 4, which MATLAB, Octave and SciPy read ("MAT-File Format", MathWorks, section 2)."""

from __future__ import annotations

import struct

import numpy as np

LITTLE_ENDIAN_DOUBLES = 0


def encode_mat(matrices: dict[str, np.ndarray]) -> bytes:
    """Return matrices (R, C) of numbers by name as a .mat file, in double precision."""
    content = b""
    for name, matrix in matrices.items():
        label = name.encode("ascii") + b"\0"
        content += struct.pack("<5i", LITTLE_ENDIAN_DOUBLES, *matrix.shape, 0, len(label)) + label
        content += matrix.astype("<f8").tobytes("F")
    return content
