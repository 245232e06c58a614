# SPDX-License-Identifier: GPL-3.0-or-later
"""Shared by all suites; imports nothing that one of their environments lacks."""

import subprocess
import tomllib
from pathlib import Path

import pytest

from nets.environment import prepare

prepare()  # before numpy is imported: with several threads its products differ in their last digits from the commands'

ROOT = Path(__file__).parents[1]


@pytest.fixture(scope="session")
def manifest() -> dict:
    return tomllib.loads((ROOT / "blender_manifest.toml").read_text())


@pytest.fixture(scope="session")
def extension_zip(manifest) -> Path:
    """The extension as users on Linux get it, built and validated from the working tree."""
    subprocess.run(["make", "--silent", "extension", "PLATFORMS=linux-x64"], cwd=ROOT, check=True, capture_output=True)
    return ROOT / "build" / f"{manifest['id']}-{manifest['version']}-linux_x64.zip"
