# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip baked with the built zip in a real Blender window, worked by simulated events."""

import os
from pathlib import Path

from nets.performance.cache import Cache

LONG = 60  # frames of the longer clip
LONGEST_STALL = 2.0  # seconds; software OpenGL draws slowly


def test_bake_in_a_window(blender, work_window, clips, reconstruct, tmp_path):
    reconstruct(clips / "head.mp4", "--track", "--smoothing", "0")
    (truth,) = tmp_path.glob("*.performance.npz")
    measured = work_window(
        blender, "window_bake.py", clips / "head.mp4", truth, clips / "three.mp4", tmp_path / "caches"
    )
    print(measured, os.getloadavg())
    assert not Path(f"/proc/{measured['worker']}").exists(), "the worker outlived Blender"
    (kept,) = (tmp_path / "caches" / "sixth").glob("*/")
    with Cache(kept, {}) as cache:
        assert 0 < len(cache) < LONG
    assert measured["error"] <= 1
    assert measured["backdrop"] == 0
    # A window that waits for the worker stands still for most of the job, however busy the machine is.
    assert measured["stall"] <= max(LONGEST_STALL, measured["seconds"] / 2)
