# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m release.extension --tool blender_ext.py PLATFORM`: build the extension's zip for a platform in build/.

What users need is copied to build/extension, with the wheels of build/wheels/PLATFORM and a manifest that names them;
Blender's own tool packs it. The repository's manifest names no wheels, so that the repository itself can be linked into
Blender's extensions.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).parents[1]
BUILD = ROOT / "build"
STAGE = BUILD / "extension"
PARTS = ("__init__.py", "LICENSE", "blender_prnet", "nets", "presets", "requirements/worker.txt")
LEFT_OUT = shutil.ignore_patterns("__pycache__", ".*", "accuracy.json", "bench.json")
LAB = "nets/lab"  # for training and measuring
# What only training and tests need, and a network in the making.
LAB_WEIGHTS = (
    "nets/weights/detector/model.safetensors",
    "nets/weights/detector/detector.onnx",
    "nets/weights/motion/pictures.safetensors",
    "nets/weights/live",
)


def stage_files(platform: str) -> None:
    """Copy what the zip holds into STAGE."""
    shutil.rmtree(STAGE, ignore_errors=True)
    for part in PARTS:
        source, target = ROOT / part, STAGE / part
        if source.is_dir():
            shutil.copytree(source, target, ignore=LEFT_OUT)
        else:
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(source, target)
    shutil.rmtree(STAGE / LAB)
    for part in LAB_WEIGHTS:
        shutil.rmtree(STAGE / part) if (STAGE / part).is_dir() else (STAGE / part).unlink()
    (STAGE / "wheels").mkdir()
    wheels = sorted((BUILD / "wheels" / platform).glob("*.whl"))
    for wheel in wheels:
        os.link(wheel, STAGE / "wheels" / wheel.name)
    write_manifest(platform, [f"./wheels/{wheel.name}" for wheel in wheels])


def write_manifest(platform: str, wheels: list[str]) -> None:
    """Write the repository's manifest with two more entries, which must come before the first table."""
    head, table, rest = (ROOT / "blender_manifest.toml").read_text(encoding="utf-8").partition("\n[")
    entries = f"platforms = {json.dumps([platform])}\nwheels = {json.dumps(wheels)}\n"  # TOML writes lists as JSON does
    (STAGE / "blender_manifest.toml").write_text(f"{head}\n{entries}{table}{rest}", encoding="utf-8")


def main() -> None:
    """Build and validate the zip of one platform."""
    parser = argparse.ArgumentParser(prog="python -m release.extension", description=__doc__)
    parser.add_argument("--tool", required=True, help="blender_ext.py of a Blender")
    parser.add_argument("platform", metavar="PLATFORM")
    args = parser.parse_args()
    stage_files(args.platform)
    blender_ext = [sys.executable, args.tool]
    subprocess.run(
        [*blender_ext, "build", "--source-dir", STAGE, "--output-dir", BUILD, "--split-platforms"], check=True
    )
    with (ROOT / "blender_manifest.toml").open("rb") as file:
        manifest = tomllib.load(file)
    name = f"{manifest['id']}-{manifest['version']}-{args.platform.replace('-', '_')}.zip"
    subprocess.run([*blender_ext, "validate", BUILD / name], check=True)
    print(f"build/{name}: {(BUILD / name).stat().st_size / 1e6:.0f} MB")


if __name__ == "__main__":
    main()
