# SPDX-License-Identifier: GPL-3.0-or-later
"""What the zip holds, and what Blender shows of it."""

import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from nets.commands import COMMANDS
from nets.interface import protocol
from release.wheels import PYTHONS

ROOT = Path(__file__).parents[2]
REQUIREMENTS = "requirements/bundled.txt", "requirements/worker.txt"


@pytest.fixture(scope="module")
def names(extension_zip) -> list[str]:
    with zipfile.ZipFile(extension_zip) as archive:
        return archive.namelist()


@pytest.mark.parametrize(
    "part",
    [
        "blender_manifest.toml",
        "__init__.py",
        "LICENSE",
        "blender_prnet/__init__.py",
        "nets/interface/protocol.py",
        "nets/worker/loop.py",
        "nets/weights/compact/model.safetensors",
        "nets/weights/compact/layout.npz",
        "nets/weights/compact/model.toml",
    ],
)
def test_zip_holds_what_a_capture_needs(names, part):
    assert part in names


@pytest.mark.parametrize("kind", ["photo", "video", "live"])
def test_zip_holds_presets(names, kind):
    assert any(re.fullmatch(rf"presets/{kind}/[^/]+\.toml", name) for name in names)


def test_zip_holds_nothing_else(names):
    files = {"LICENSE", "__init__.py", "blender_manifest.toml", "requirements/worker.txt"}
    assert {name for name in names if name.split("/")[0] not in ("blender_prnet", "nets", "presets", "wheels")} == files
    assert not [name for name in names if "face_model" in name and not name.endswith(".py")]
    assert not [name for name in names if "__pycache__" in name or Path(name).name.startswith(".")]


def test_zip_runs_without_the_lab(extension_zip, names, tmp_path):
    assert not [name for name in names if name.startswith("nets/lab")]
    with zipfile.ZipFile(extension_zip) as archive:
        archive.extractall(tmp_path, [name for name in names if name.startswith("nets/")])
    command = [sys.executable, "-m", "nets", "--help"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    lab = {name for name, (module, _) in COMMANDS.items() if module.startswith("nets.lab.")}
    offered = set(re.findall(r"^ +([\w-]+)", done.stdout.partition("COMMAND\n")[2], re.MULTILINE))
    assert {"reconstruct", "batch", "merge"} <= offered and {"train", "bench"} <= lab and not lab & offered


def test_zip_brings_wheels_for_every_supported_python(extension_zip, names):
    with zipfile.ZipFile(extension_zip) as archive:
        named = tomllib.loads(archive.read("blender_manifest.toml").decode())["wheels"]
    assert sorted(named) == sorted(f"./{name}" for name in names if name.endswith(".whl"))
    pythons = {f"cp{python.replace('.', '')}" for python in PYTHONS}
    for package in ("onnxruntime", "opencv_python_headless", "safetensors"):
        tags = [Path(name).stem.split("-")[2:4] for name in named if f"/{package}-" in name]
        assert {python for python, _ in tags} == pythons or [abi for _, abi in tags] == ["abi3"]


def test_zip_is_small_enough_to_hand_round(extension_zip):
    assert extension_zip.stat().st_size < 138e6


def test_wheels_are_those_that_the_tests_run_with():
    pins = [set(re.findall(r"^[\w-]+==[\w.]+", (ROOT / path).read_text(), re.MULTILINE)) for path in REQUIREMENTS]
    assert pins[0] and pins[0] < pins[1]


def test_permissions_fit_blenders_rules(manifest):
    allowed = {"files", "network", "clipboard", "camera", "microphone"}
    assert manifest["permissions"].keys() <= allowed
    for reason in manifest["permissions"].values():
        assert 0 < len(reason) <= 64 and not reason.endswith(".")


def test_one_version(manifest):
    assert manifest["version"] == protocol.VERSION
