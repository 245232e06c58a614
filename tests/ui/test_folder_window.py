# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder imported with the built zip in a real Blender window, worked by simulated events. Screenshots: out/ui."""

import io
import json
import shutil
from pathlib import Path

from PIL import Image
from skimage.data import astronaut

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
SCREENSHOTS = ROOT / "out/ui"
PHOTOS = 6
LONGEST_STALL = 2.0  # seconds; software OpenGL draws slowly


def test_import_of_a_folder_in_a_window(blender, tmp_path, extension_zip):
    first, second = tmp_path / "shoot", tmp_path / "second"
    fill(first, PHOTOS)
    (first / "notes.txt").write_text("call the studio")
    (first / "broken.jpg").write_bytes(b"this is no picture")
    fill(second, 30)  # Esc has to come before the last, however quick the machine

    code, output = blender(
        "--command", "extension", "install-file", "-r", "user_default", "--enable", extension_zip, timeout=300
    )
    assert code == 0, output

    code, output = blender(
        *("--window-geometry", "0", "0", "1400", "900", "-noaudio", "--enable-event-simulate"),
        *("--python", HERE / "window_folder.py", "--"),
        *(first, str(PHOTOS), "2", second, tmp_path / "measurements.json"),
        timeout=1200,
    )
    SCREENSHOTS.mkdir(parents=True, exist_ok=True)
    for picture in tmp_path.glob("*.png"):
        shutil.copy(picture, SCREENSHOTS)
    assert code == 0, output[-5000:]

    measured = json.loads((tmp_path / "measurements.json").read_text())
    print(measured)
    # A window that waits for the worker stands still for most of the job, however busy the machine is.
    assert measured["stall"] <= max(LONGEST_STALL, measured["seconds"] / 2)


def fill(folder, count):
    """The same portrait in other bytes: readers pass over what follows the picture."""
    folder.mkdir()
    portrait = io.BytesIO()
    Image.fromarray(astronaut()).save(portrait, "PNG")
    for number in range(count):
        (folder / f"{number:02}.png").write_bytes(portrait.getvalue() + bytes([number]))
