# SPDX-License-Identifier: GPL-3.0-or-later
"""Process-wide settings that only count before the first import of OpenCV and the engines."""

from __future__ import annotations

import os

SETTINGS = {
    "OMP_WAIT_POLICY": "passive",  # spinning threads make a busy machine, such as one that runs Blender, crawl
    "GOMP_SPINCOUNT": "0",
    "OPENBLAS_NUM_THREADS": "1",  # numpy's own: its products are small here, and its threads do spin
    "OPENCV_LOG_LEVEL": "SILENT",  # bad files are reported by our own messages
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "ORT_DISABLE_TELEMETRY": "1",  # else ONNX Runtime reports to its maker from the moment it is imported
}


def prepare() -> None:
    """What the user has set himself stays."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)


def cores() -> int:
    """How many of the machine's cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
