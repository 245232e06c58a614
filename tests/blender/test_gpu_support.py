# SPDX-License-Identifier: GPL-3.0-or-later
"""GPU support as the preferences offer it."""

import sys
from pathlib import Path

import bpy
import pytest

pytestmark = pytest.mark.one_version

PACKAGE = "bl_ext.user_default.prnet_face_capture.blender_prnet"


@pytest.fixture
def installation():
    return sys.modules[f"{PACKAGE}.installation"]


@pytest.fixture
def session():
    return sys.modules[f"{PACKAGE}.session"].SESSION


@pytest.fixture
def user_folder(installation):
    return installation.user_folder()


def test_nothing_is_downloaded_unless_blender_may():
    assert not bpy.app.online_access
    with pytest.raises(RuntimeError, match=r"Online access is off: allow it in the preferences, System"):
        bpy.ops.prnet.install_gpu_support()


def test_folder_without_wheels(tmp_path):
    with pytest.raises(RuntimeError, match=r"no wheels.*Choose the folder"):
        bpy.ops.prnet.install_gpu_support_from_folder(directory=str(tmp_path))


def test_damaged_wheel_is_told_and_nothing_is_left(tmp_path, user_folder):
    (tmp_path / "torch-2.13.0-py3-none-any.whl").write_bytes(b"half a wheel")
    before = folders_in(user_folder)
    with pytest.raises(RuntimeError, match="Installing PyTorch failed"):
        bpy.ops.prnet.install_gpu_support_from_folder(directory=str(tmp_path))
    state = bpy.context.window_manager.prnet_gpu
    assert state.failed and not state.running
    assert folders_in(user_folder) == before
    assert (user_folder / "gpu_support.log").stat().st_size


def folders_in(folder: Path) -> set[Path]:
    return {path for path in folder.glob("*") if path.is_dir()}


def test_remove_where_there_is_none():
    assert bpy.ops.prnet.remove_gpu_support() == {"FINISHED"}
    assert "removed" in bpy.context.window_manager.prnet_gpu.outcome


def test_folder_that_cannot_be_made_does_not_stop_the_worker(installation, session, user_folder, tmp_path):
    """As in a read-only place for extensions; the log goes where Blender's temporary files are."""
    session.client.end(wait=True)
    kept = user_folder.rename(user_folder.with_name("kept")) if user_folder.is_dir() else None
    user_folder.parent.mkdir(parents=True, exist_ok=True)
    user_folder.touch()
    try:
        assert bpy.ops.prnet.self_test() == {"FINISHED"}
        assert installation.log_path().parent.samefile(bpy.app.tempdir)
        (tmp_path / "any.whl").touch()
        with pytest.raises(RuntimeError, match=r"Writing to .* failed"):
            bpy.ops.prnet.install_gpu_support_from_folder(directory=str(tmp_path))
    finally:
        session.client.end(wait=True)
        user_folder.unlink()
        if kept:
            kept.rename(user_folder)
