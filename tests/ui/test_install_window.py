# SPDX-License-Identifier: GPL-3.0-or-later
"""From the zip to heads and back, without a network, in a real Blender window. Screenshots go to out/ui."""

import json
import shutil
import subprocess
from pathlib import Path

import cv2
from skimage.data import astronaut

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SCREENSHOTS = ROOT / "out/ui"
PYTHON = ROOT / ".venv/bin/python"
SIDE = 1024  # pixels of the photos


def test_install_capture_and_remove(blender, tmp_path, extension_zip):
    portrait = cv2.resize(astronaut(), (SIDE, SIDE), interpolation=cv2.INTER_CUBIC)
    batch = tmp_path / "three photos"
    batch.mkdir()
    for photo in (tmp_path / "portrait.jpg", *(batch / f"{number}.jpg" for number in range(3))):
        cv2.imwrite(str(photo), portrait[..., ::-1])
    subprocess.run([PYTHON, ROOT / "tests/blender/make_clips.py", tmp_path], check=True)

    code, output = blender(
        *("--window-geometry", "0", "0", "1400", "900", "-noaudio", "--offline-mode", "--enable-event-simulate"),
        *("--python", HERE / "window_install.py", "--"),
        *(extension_zip, tmp_path / "portrait.jpg", batch, tmp_path / "head.mp4", tmp_path / "measurements.json"),
        timeout=1500,
    )
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for picture in (*tmp_path.glob("install-*.png"), *tmp_path.glob("failure.png")):
        shutil.copy(picture, SCREENSHOTS)
    assert code == 0, output[-5000:]
    print(json.loads((tmp_path / "measurements.json").read_text()))
