# SPDX-License-Identifier: GPL-3.0-or-later
"""What this computer calculates with. Times of two processors, or of two instruction sets, are not to be compared."""

import platform
from pathlib import Path

try:
    from numpy._core._multiarray_umath import __cpu_features__ as FEATURES
except ImportError:  # numpy 1, as Blender 4.5 and 5.0 have it
    from numpy.core._multiarray_umath import __cpu_features__ as FEATURES

# numpy's name of a feature -> its name in words, the most capable first.
INSTRUCTION_SETS = {
    "AVX512VNNI": "AVX-512 with VNNI",
    "AVX512_SKX": "AVX-512",
    "AVX2": "AVX2",
    "SSE42": "SSE4.2",
    "ASIMDDP": "NEON with dot products",
    "NEON": "NEON",
}


def instruction_set() -> str:
    """The most capable set that decides how eight-bit products are calculated. AVX-VNNI without AVX-512 says AVX2:
    numpy does not tell the two apart."""
    return next((words for name, words in INSTRUCTION_SETS.items() if FEATURES.get(name)), platform.machine())


def processor() -> str:
    """The processor's name and its instruction set: a virtual machine often gives several processors one name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.exists() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    name = names[0] if names else platform.processor() or platform.machine()
    return f"{name}, {instruction_set()}"
