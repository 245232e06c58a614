# SPDX-License-Identifier: GPL-3.0-or-later
"""What the zip holds, and what Blender shows of it."""

import re
import zipfile
from pathlib import Path

import pytest

from blender_prnet import protocol

ROOT = Path(__file__).parents[2]


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
        "blender_prnet/protocol.py",
        "nets/worker.py",
        "nets/weights/compact/model.safetensors",
        "nets/weights/compact/layout.npz",
        "nets/weights/compact/model.toml",
    ],
)
def test_zip_holds_what_a_capture_needs(names, part):
    assert part in names


@pytest.mark.parametrize("kind", ["photo", "video"])
def test_zip_holds_presets(names, kind):
    assert any(re.fullmatch(rf"presets/{kind}/[^/]+\.toml", name) for name in names)


def test_zip_holds_nothing_else(names):
    files = {"LICENSE", "README.md", "__init__.py", "blender_manifest.toml", "requirements/worker.txt"}
    assert {name for name in names if name.split("/")[0] not in ("blender_prnet", "nets", "presets")} == files
    assert not [name for name in names if "face_model" in name and not name.endswith(".py")]
    assert not [name for name in names if "__pycache__" in name or Path(name).name.startswith(".")]


def test_permissions_fit_blenders_rules(manifest):
    allowed = {"files", "network", "clipboard", "camera", "microphone"}
    assert manifest["permissions"].keys() <= allowed
    for reason in manifest["permissions"].values():
        assert 0 < len(reason) <= 64 and not reason.endswith(".")


def test_one_version(manifest):
    assert manifest["version"] == protocol.VERSION
