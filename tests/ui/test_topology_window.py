# SPDX-License-Identifier: GPL-3.0-or-later
"""A capture on the face model's mesh, by the worker that comes in the zip, in a real Blender window."""

import shutil
from pathlib import Path

import pytest
from PIL import Image
from skimage.data import astronaut

from nets.face_model import FaceModelError, find_face_model

HERE = Path(__file__).parent
SCREENSHOTS = Path(__file__).parents[2] / "out/ui"


def test_captures_come_on_the_animator_s_topology(blender, tmp_path, extension_zip):
    try:
        shutil.copy(find_face_model(), tmp_path)
    except FaceModelError as error:
        pytest.skip(str(error))
    Image.fromarray(astronaut()).save(tmp_path / "portrait.png")
    code, output = blender(
        "--command", "extension", "install-file", "-r", "user_default", "--enable", extension_zip, timeout=300
    )
    assert code == 0, output
    code, output = blender(
        *("--window-geometry", "0", "0", "1400", "900", "-noaudio", "--offline-mode", "--enable-event-simulate"),
        *("--python", HERE / "window_topology.py", "--", tmp_path / "portrait.png", tmp_path),
        timeout=900,
    )
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for picture in (*tmp_path.glob("topology-*.png"), *tmp_path.glob("failure.png")):
        shutil.copy(picture, SCREENSHOTS)
    assert code == 0, output[-5000:]
