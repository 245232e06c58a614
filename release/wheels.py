# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m release.wheels PLATFORM FOLDER`: download the wheels of one platform for the Pythons of all Blenders.

The folder keeps those of the pinned wheels that it has already; all others are removed from it.
"""

import hashlib
import re
import subprocess
import sys
from pathlib import Path

REQUIREMENTS = Path(__file__).parents[1] / "requirements/bundled.txt"
PYTHONS = ("3.11", "3.13")  # Blender 4.2 to 5.0, and Blender 5.1 on; Debian's Blender 4.3 has 3.13 too
TAGS = {  # Blender's name of a platform -> the platform tags of its wheels
    "linux-x64": ("manylinux_2_28_x86_64", "manylinux2014_x86_64"),
    "windows-x64": ("win_amd64",),
    "macos-arm64": ("macosx_14_0_arm64",),
}


def download_wheels(platform: str, folder: Path) -> None:
    """Download the wheels of requirements/bundled.txt that the folder lacks. Raises CalledProcessError if pip fails."""
    folder.mkdir(parents=True, exist_ok=True)
    pinned = set(re.findall(r"sha256:(\w+)", REQUIREMENTS.read_text(encoding="utf-8")))
    for wheel in folder.glob("*.whl"):
        if hashlib.sha256(wheel.read_bytes()).hexdigest() not in pinned:
            wheel.unlink()
    tags = [argument for tag in TAGS[platform] for argument in ("--platform", tag)]
    for python in PYTHONS:
        subprocess.run(
            [
                *(sys.executable, "-m", "pip", "download", "--quiet", "--dest", folder, "--require-hashes"),
                *("--requirement", REQUIREMENTS, "--no-deps", "--only-binary", ":all:"),
                *("--implementation", "cp", "--python-version", python, *tags),
            ],
            check=True,
        )


if __name__ == "__main__":
    download_wheels(sys.argv[1], Path(sys.argv[2]))
