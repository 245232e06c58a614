# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs inside Blender as a Python module, with the extension enabled from the working tree in a throw-away home."""

import atexit
import os
import shutil
import subprocess
import tempfile
from pathlib import Path

import numpy as np
import pytest

ROOT = Path(__file__).parents[2]
HOME = Path(tempfile.mkdtemp(prefix="prnet-blender-"))
MODULE = "bl_ext.user_default.prnet_face_capture"

os.environ["BLENDER_USER_RESOURCES"] = str(HOME)  # before bpy is imported
os.environ.setdefault("PRNET_WORKER_PYTHON", str(ROOT / ".venv/bin/python"))
atexit.register(shutil.rmtree, HOME, ignore_errors=True)
(HOME / "extensions/user_default").mkdir(parents=True)
(HOME / "extensions/user_default/prnet_face_capture").symlink_to(ROOT)

import bpy  # noqa: E402

# isort: split
import addon_utils  # noqa: E402  (exists once bpy is imported)


def _fail(error: Exception):
    raise error


@pytest.fixture(scope="session", autouse=True)
def extension():
    addon_utils.enable(MODULE, default_set=True, handle_error=_fail)
    yield
    addon_utils.disable(MODULE, handle_error=_fail)


@pytest.fixture(autouse=True)
def empty_scene(extension):
    """An empty scene, whose captures come on the position map's grid: most tests compare with that surface."""
    bpy.ops.wm.read_homefile(use_factory_startup=True, use_empty=True)
    bpy.context.scene.prnet.topology = "grid"


@pytest.fixture(scope="session")
def photos(tmp_path_factory):
    """A folder with the public-domain portrait of scikit-image as a file, and files that are bad in several ways."""
    folder = tmp_path_factory.mktemp("photos of a café")  # spaces and letters beyond ASCII are part of the test
    subprocess.run([os.environ["PRNET_WORKER_PYTHON"], Path(__file__).with_name("make_photos.py"), folder], check=True)
    return folder


@pytest.fixture(scope="session")
def clips(tmp_path_factory):
    """A folder with a clip of that portrait in motion, the start of it as images, and clips that are bad."""
    folder = tmp_path_factory.mktemp("clips of a café")
    subprocess.run([os.environ["PRNET_WORKER_PYTHON"], Path(__file__).with_name("make_clips.py"), folder], check=True)
    return folder


@pytest.fixture(scope="session")
def captured(photos, tmp_path_factory):
    """What the command line says of the portrait: the arrays of its file."""
    folder = tmp_path_factory.mktemp("captured")
    command = ["-m", "nets", "reconstruct", photos / "portrait.png", "--out", folder, "--mesh", "grid"]
    subprocess.run([os.environ["PRNET_WORKER_PYTHON"], *command], cwd=ROOT, check=True, capture_output=True)
    with np.load(folder / "portrait_0.npz") as face:
        return dict(face)


@pytest.fixture(scope="session")
def kept_scene(tmp_path_factory):
    """kept_scene(name, make): open the scene of this name. make() makes it in an empty one, once; then it is read."""
    folder = tmp_path_factory.mktemp("scenes")

    def open_scene(name, make):
        file = folder / f"{name}.blend"
        if not file.exists():
            make()
            bpy.ops.wm.save_as_mainfile(filepath=str(file), copy=True, relative_remap=False)
        bpy.ops.wm.read_homefile(filepath=str(file))  # as a new scene, which is not saved yet

    return open_scene


@pytest.fixture
def portrait_on(photos, kept_scene):
    """portrait_on(topology, preset): the portrait's head on that mesh, active and alone in the scene."""

    def open_head(topology, preset=""):
        def make():
            bpy.context.scene.prnet.topology = topology
            options = {"preset": preset} if preset else {}
            bpy.ops.prnet.capture(directory=str(photos), files=[{"name": "portrait.png"}], **options)

        kept_scene(f"portrait {topology} {preset}", make)
        return bpy.context.object

    return open_head


@pytest.fixture
def head(clips, tmp_path_factory, kept_scene):
    """A baked whole head that plays head.mp4, active; its corrections are not refined until Refine is pressed."""
    from tests.blender.test_bake import bake, heads

    cache = tmp_path_factory.getbasetemp() / "cache of head.mp4"  # as the head's record of its bake has it
    untouched = cache.with_name("untouched cache")
    if cache.exists():
        shutil.rmtree(cache)
        shutil.copytree(untouched, cache)

    def make():
        settings = bpy.context.scene.prnet_bake
        settings.cache_folder, settings.smoothing, settings.refine_at_once = str(cache), 0.0, False
        settings.texture = "merged"  # which only makes the tests quicker
        assert bake(clips, "head.mp4") == {"FINISHED"}
        shutil.copytree(cache, untouched)

    kept_scene("head.mp4", make)
    (head,) = heads()
    bpy.context.view_layer.objects.active = head
    return head
