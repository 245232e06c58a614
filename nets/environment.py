# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of the process that must be made before OpenCV and the engines are imported."""

from __future__ import annotations

import os

SETTINGS = {
    "OMP_WAIT_POLICY": "passive",  # spinning threads make a busy machine, such as one that runs Blender, crawl
    "GOMP_SPINCOUNT": "0",
    "OPENBLAS_NUM_THREADS": "1",  # numpy's own: its products are small here, and its threads do spin
    "OPENCV_LOG_LEVEL": "SILENT",  # bad files are reported by our own messages
    "OPENCV_FFMPEG_LOGLEVEL": "-8",
    "ORT_DISABLE_TELEMETRY": "1",  # otherwise ONNX Runtime reports to Microsoft as soon as it is imported
}


def prepare() -> None:
    """Set the environment variables that the user has not set."""
    for name, value in SETTINGS.items():
        os.environ.setdefault(name, value)


def cores() -> int:
    """Return how many of the machine's cores this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
