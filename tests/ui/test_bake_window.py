# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip baked with the built zip in a real Blender window, worked by simulated events. Screenshots go to out/ui."""

import json
import os
import shutil
import subprocess
from pathlib import Path

from nets.performance.cache import Cache

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SCREENSHOTS = ROOT / "out/ui"
PYTHON = ROOT / ".venv/bin/python"
LONG = 120  # frames of the longer clip
LONGEST_STALL = 2.0  # seconds; software OpenGL draws slowly


def test_bake_in_a_window(blender, tmp_path, extension_zip):
    subprocess.run([PYTHON, ROOT / "tests/blender/make_clips.py", tmp_path], check=True)
    track = [PYTHON, "-m", "nets", "reconstruct", tmp_path / "head.mp4", "--track", "--smoothing", "0"]
    subprocess.run([*track, "--out", tmp_path], cwd=ROOT, check=True)
    (truth,) = tmp_path.glob("*.performance.npz")

    code, output = blender(
        "--command", "extension", "install-file", "-r", "user_default", "--enable", extension_zip, timeout=300
    )
    assert code == 0, output

    code, output = blender(
        *("--window-geometry", "0", "0", "1400", "900", "-noaudio", "--enable-event-simulate"),
        *("--python", HERE / "window_bake.py", "--"),
        *(tmp_path / "head.mp4", truth, tmp_path / "long.mp4", tmp_path / "caches", tmp_path / "measurements.json"),
        timeout=1500,
    )
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for picture in tmp_path.glob("bake-*.png"):
        shutil.copy(picture, SCREENSHOTS)
    if code and (tmp_path / "failure.png").exists():
        shutil.copy(tmp_path / "failure.png", SCREENSHOTS)
    assert code == 0, output[-5000:]

    measured = json.loads((tmp_path / "measurements.json").read_text())
    assert not Path(f"/proc/{measured['worker']}").exists(), "the worker outlived Blender"
    (kept,) = (tmp_path / "caches" / "sixth").glob("*/")
    with Cache(kept, {}) as cache:
        assert 0 < len(cache) < LONG
    print(measured, os.getloadavg())
    assert measured["error"] <= 1
    assert measured["backdrop"] == 0
    # A window that waits for the worker stands still for most of the job, however busy the machine is.
    assert measured["stall"] <= max(LONGEST_STALL, measured["seconds"] / 2)
