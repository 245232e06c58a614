# SPDX-License-Identifier: GPL-3.0-or-later
"""What reading a damaged .npz file raises in numpy, zipfile and zlib. Found by damaging many."""

import struct
import zipfile
import zlib

NPZ_DAMAGE = (
    *(OSError, ValueError, EOFError, KeyError, AttributeError, MemoryError, OverflowError, struct.error),
    *(zipfile.BadZipFile, zlib.error, NotImplementedError, RuntimeError, SyntaxError),
)
