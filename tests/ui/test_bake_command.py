# SPDX-License-Identifier: GPL-3.0-or-later
"""`blender --command prnet_bake` in a real Blender, as a farm runs it. Debian's build has neither Alembic nor USD."""

import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PYTHON = ROOT / ".venv/bin/python"


@pytest.fixture
def command(blender, tmp_path, extension_zip):
    """command(out): bakes head.mp4 to a file; (exit code, what was printed)."""
    subprocess.run([PYTHON, ROOT / "tests/blender/make_clips.py", tmp_path], check=True)
    install = ["--command", "extension", "install-file", "-r", "user_default", "--enable", extension_zip]
    code, output = blender(*install, timeout=120)
    assert code == 0, output
    return lambda name: blender("--command", "prnet_bake", tmp_path / "head.mp4", "--out", tmp_path / name, timeout=600)


def test_command_bakes_and_exports(command, tmp_path):
    code, output = command("head.glb")
    assert code == 0, output
    assert b'"targets"' in (tmp_path / "head.glb").read_bytes()
    code, output = command("head.fbx")
    assert code == 0, output
    assert (tmp_path / "head.fbx").stat().st_size > 1_000_000
    code, output = command("head.abc")
    if not (tmp_path / "head.abc").exists():
        assert code == 1 and "without what writes .abc files. Choose .blend, .fbx, .glb" in output, output
        assert "Traceback" not in output
