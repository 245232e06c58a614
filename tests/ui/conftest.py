# SPDX-License-Identifier: GPL-3.0-or-later
"""A real Blender with a window, for tests that work it."""

import subprocess
from pathlib import Path

import pytest

HERE = Path(__file__).parent
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
    """blender(*arguments): runs Blender in the root, with tmp_path, these tests and the zip visible."""

    def run(*arguments, timeout):
        shared = f"{HERE}:{extension_zip.parent}"
        command = [HERE / "run_in_blender_root.sh", blender_root, tmp_path, shared, "blender", *arguments]
        outcome = subprocess.run(command, timeout=timeout, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        return outcome.returncode, outcome.stdout.decode(errors="replace")

    return run
