# SPDX-License-Identifier: GPL-3.0-or-later
"""The panels and tools of the built zip in a real Blender window: presets, overlays, corrections. Screenshots go to
out/ui."""

import shutil
from pathlib import Path

import numpy as np
from PIL import Image
from skimage.data import astronaut

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SCREENSHOTS = ROOT / "out/ui"


def test_panels_in_a_window(blender, tmp_path, extension_zip):
    portrait = astronaut()
    Image.fromarray(portrait).save(tmp_path / "portrait.png")
    Image.fromarray(np.concatenate([portrait, portrait[:, ::-1]], 1)).save(tmp_path / "pair.png")
    code, output = blender(
        "--command", "extension", "install-file", "-r", "user_default", "--enable", extension_zip, timeout=120
    )
    assert code == 0, output
    code, output = blender(
        *("--window-geometry", "0", "0", "1400", "900", "-noaudio", "--enable-event-simulate"),
        *("--python", HERE / "window_panels.py", "--", tmp_path / "portrait.png", tmp_path / "pair.png"),
        timeout=900,
    )
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for picture in tmp_path.glob("panels-*.png"):
        shutil.copy(picture, SCREENSHOTS)
    assert code == 0 and "Traceback" not in output, output[-5000:]
