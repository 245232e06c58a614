# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in the window of a Blender that has never seen the extension: from the zip to heads, and back.

Arguments after "--": the zip; a photo; a folder of three photos; a clip.
"""

import time
from pathlib import Path

import bpy
import driver
from face_capture import PATIENCE, TAB, finished, heads, module, press_button, put_strip, state

ZIP, PHOTO, BATCH, CLIP = driver.arguments()
ID = "prnet_face_capture"
REPOSITORY = "user_default"


def scenario():
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.collections])
    begun = time.monotonic()
    yield from install()
    installed = time.monotonic()
    yield from capture(driver.choose_file(PHOTO), 1)
    captured = time.monotonic()
    yield from show()
    yield from driver.screenshot("install-2-first-capture")
    warm = yield from capture_again()
    yield from engine()
    yield from capture(driver.choose_files_in(BATCH), 3)
    yield 1.5
    yield from driver.screenshot("install-4-batch")
    yield from bake()
    yield from remove()
    driver.tell({"install": installed - begun, "first head": captured - installed, "warm": warm})


def install():
    """Action one: what Install from Disk does in the preferences."""
    assert not bpy.app.online_access
    bpy.ops.extensions.package_install_files("INVOKE_DEFAULT", repo=REPOSITORY)
    yield from driver.choose_file(ZIP)
    yield from driver.wait_until(lambda: hasattr(bpy.types, "PRNET_PT_capture"), PATIENCE, "the extension")
    driver.open_tab(TAB)
    yield from driver.screenshot("install-1-installed")


def capture(choice, count):
    """Action two: Capture Photos; `choice` works the file browser."""
    before = len(heads())
    yield from press_button("prnet.capture")
    yield from choice
    yield from finished()
    assert len(heads()) == before + count


def capture_again():
    """Seconds from the call to the head, with the worker warm."""
    begun = time.monotonic()
    bpy.ops.prnet.capture("EXEC_DEFAULT", directory=str(PHOTO.parent), files=[{"name": PHOTO.name}])
    yield from finished()
    return time.monotonic() - begun


def show():
    yield 1.5


def engine():
    """The preferences say what captured, and how quick it is."""
    bpy.ops.prnet.self_test("INVOKE_DEFAULT")
    yield from finished()
    assert "CPU (ONNX Runtime)" in state().self_test
    bpy.ops.prnet.open_preferences()
    yield 2.0
    yield from driver.screenshot("install-3-preferences")
    with bpy.context.temp_override(window=bpy.context.window_manager.windows[-1]):
        bpy.ops.wm.window_close()
    yield 0.5
    yield from try_gpu_support()


def try_gpu_support():
    """Debian's Python makes no environments of its own accord: told, with a remedy, and nothing is left."""
    installing = bpy.context.window_manager.prnet_gpu
    wheels = Path(module("installation").__file__).parents[1] / "wheels"
    bpy.ops.prnet.install_gpu_support_from_folder("EXEC_DEFAULT", directory=str(wheels))
    assert installing.running
    yield from driver.wait_until(lambda: not installing.running, PATIENCE, "the installation to end")
    assert installing.failed and "lacks venv or ensurepip" in installing.outcome, installing.outcome


def bake():
    put_strip(CLIP)
    yield 0.5
    yield from press_button("prnet.bake")
    yield from finished()
    assert len(heads("prnet_performance")) == 1
    yield 1.5
    yield from driver.screenshot("install-5-baked")


def remove():
    kept = len(heads())
    repositories = [repository.module for repository in bpy.context.preferences.extensions.repos]
    bpy.ops.extensions.package_uninstall("INVOKE_DEFAULT", repo_index=repositories.index(REPOSITORY), pkg_id=ID)
    yield from driver.wait_until(lambda: not hasattr(bpy.types, "PRNET_PT_capture"), PATIENCE, "the removal")
    extensions = Path(bpy.utils.user_resource("EXTENSIONS"))
    yield from driver.wait_until(lambda: not list(extensions.rglob("onnxruntime*")), PATIENCE, "the wheels to go")
    yield 1.0
    yield from driver.screenshot("install-6-removed")
    assert len(heads()) == kept
    left = {path.relative_to(extensions).as_posix() for path in extensions.rglob("*") if path.is_file()}
    assert left <= {".cache/compat.dat"}, left


driver.run(scenario, anti_aliasing="FXAA")
