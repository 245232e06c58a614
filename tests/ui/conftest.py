# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Blender with a window, for tests that work it."""

import os
import subprocess
import sys
import sysconfig
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PYTHON = ROOT / ".venv/bin/python"
NOT_POSSIBLE = 3  # make_blender_root.sh's exit code where it cannot work


@pytest.fixture(scope="session")
def blender_root() -> str:
    made = subprocess.run([HERE / "make_blender_root.sh"], capture_output=True, text=True)
    if made.returncode == NOT_POSSIBLE:
        pytest.skip(f"no real window here: {made.stderr.strip()}")
    assert made.returncode == 0, made.stderr[-3000:]
    return made.stdout.strip()


@pytest.fixture
def blender(blender_root, tmp_path, extension_zip):
    """blender(*arguments): runs Blender in the root, with tmp_path and what the worker's Python needs visible."""
    shared = [ROOT / ".venv", *python_files(), HERE, extension_zip.parent]

    def run(*arguments, timeout):
        command = [HERE / "run_in_blender_root.sh", blender_root, tmp_path, ":".join(map(str, shared)), "blender"]
        environment = {**os.environ, "PRNET_WORKER_PYTHON": str(PYTHON)}
        outcome = subprocess.run(
            [*command, *arguments], env=environment, timeout=timeout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
        return outcome.returncode, outcome.stdout.decode(errors="replace")

    return run


def python_files() -> list[str]:
    """What a virtual environment borrows from the Python that made it, outside itself."""
    if sys.base_prefix not in ("/usr", "/usr/local"):
        return [sys.base_prefix]
    return [sysconfig.get_path("stdlib"), os.path.realpath(PYTHON)]
