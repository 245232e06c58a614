# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Blender, for tests that work it: its command line, or its window by a script of simulated events."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from PIL import Image
from skimage.data import astronaut

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
SCREENSHOTS = ROOT / "out/ui"
WINDOW = (
    *("--window-geometry", "0", "0", "1400", "900", "-noaudio", "--offline-mode", "--enable-event-simulate"),
    *("--python-exit-code", "1"),  # for scripts that fail before their scenario begins
    *("--python-expr", f"import sys; sys.path.insert(0, {str(HERE)!r})"),  # for their imports of driver and the like
)
RESOURCES = "resources"  # Blender's user folder, as run_in_blender_root.sh has it
NOT_POSSIBLE = 3  # make_blender_root.sh's exit code where it cannot work
SECONDS = 1500  # busy machines take their time


@pytest.fixture(scope="session")
def blender_root() -> str:
    made = subprocess.run([HERE / "make_blender_root.sh"], capture_output=True, text=True)
    if made.returncode == NOT_POSSIBLE:
        pytest.skip(f"no real window here: {made.stderr.strip()}")
    assert made.returncode == 0, made.stderr[-3000:]
    return made.stdout.strip()


@pytest.fixture(scope="session")
def run_blender(blender_root, extension_zip):
    """run_blender(folder, *arguments): exit code and output of Blender in the root, with that folder (where it runs and
    keeps its user folder), these tests and the zip visible."""

    def run(folder, *arguments):
        shared = f"{HERE}:{extension_zip.parent}"
        command = [HERE / "run_in_blender_root.sh", blender_root, folder, shared, "blender", *arguments]
        outcome = subprocess.run(command, timeout=SECONDS, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return outcome.returncode, outcome.stdout.decode(errors="replace")

    return run


@pytest.fixture(scope="session")
def installed(run_blender, extension_zip, tmp_path_factory) -> Path:
    """A user folder of Blender in which the zip has been installed."""
    folder = tmp_path_factory.mktemp("installed")
    install = ("--command", "extension", "install-file", "-r", "user_default", "--enable", extension_zip)
    code, output = run_blender(folder, *install)
    assert code == 0, output
    return folder / RESOURCES


@pytest.fixture
def blender(run_blender, installed, tmp_path):
    """blender(*arguments): exit code and output of Blender, with the extension, run in tmp_path."""
    shutil.copytree(installed, tmp_path / RESOURCES, copy_function=os.link, symlinks=True)
    return lambda *arguments: run_blender(tmp_path, *arguments)


@pytest.fixture
def work_window(tmp_path):
    """work_window(blender, script, *arguments): a window that the script works; what that tells (see driver.tell).
    Screenshots go to out/ui."""

    def work(blender, script, *arguments):
        code, output = blender(*WINDOW, "--python", HERE / script, "--", *arguments)
        SCREENSHOTS.mkdir(parents=True, exist_ok=True)
        for picture in tmp_path.glob("*-[0-9]*.png"):
            shutil.copy(picture, SCREENSHOTS)
        if code and (failure := tmp_path / "failure.png").exists():
            shutil.copy(failure, SCREENSHOTS)
        assert code == 0 and "Traceback" not in output, output[-5000:]
        told = tmp_path / "measurements.json"
        return json.loads(told.read_text()) if told.exists() else {}

    return work


@pytest.fixture
def portrait(tmp_path) -> Path:
    """The portrait of scikit-image, as a file."""
    path = tmp_path / "portrait.png"
    Image.fromarray(astronaut()).save(path)
    return path


@pytest.fixture
def clips(tmp_path) -> Path:
    """The folder of tests/blender/make_clips.py."""
    subprocess.run([sys.executable, ROOT / "tests/blender/make_clips.py", tmp_path], check=True)
    return tmp_path


@pytest.fixture
def reconstruct(tmp_path):
    """reconstruct(*arguments): the command line's results, in tmp_path."""

    def run(*arguments):
        command = [sys.executable, "-m", "nets", "reconstruct", *arguments, "--out", tmp_path]
        subprocess.run(command, cwd=ROOT, check=True)

    return run
