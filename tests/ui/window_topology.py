# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: a capture is put on the face model's mesh by the panel's button.

Arguments after "--": the photo; a folder with the face model's file.
"""

import shutil
import sys
from pathlib import Path

import bpy

sys.path.insert(0, str(Path(__file__).parent))

import driver

PHOTO, FOLDER = (Path(argument) for argument in sys.argv[sys.argv.index("--") + 1 :])
MODULE = "bl_ext.user_default.prnet_face_capture"
PATIENCE = 300  # seconds; machines that test are busy machines


def state():
    return bpy.context.window_manager.prnet


def scenario():
    bpy.data.batch_remove([*bpy.data.objects, *bpy.data.collections])
    installed = Path(bpy.utils.extension_path_user(MODULE, path="face_model", create=True))
    shutil.copy(FOLDER / "ict_face_model_light.npz", installed)
    open_panel(bpy.types.PRNET_PT_topology)
    yield from driver.open_tab("Face Capture")
    bpy.ops.prnet.capture("EXEC_DEFAULT", directory=str(PHOTO.parent), files=[{"name": PHOTO.name}], preset="photo")
    yield from finished()
    (head,) = (thing for thing in bpy.data.objects if "prnet_source" in thing)
    yield from driver.click(*(yield from driver.find_button("prnet.put_on_model")))
    yield from finished()
    assert len(head.data.vertices) == 24591 and len(head.data.shape_keys.key_blocks) == 52
    view = driver.area_of("VIEW_3D").spaces.active
    view.shading.color_type = "TEXTURE"
    view.region_3d.view_perspective = "PERSP"
    region = driver.region_of(driver.area_of("VIEW_3D"), "WINDOW")
    with bpy.context.temp_override(window=driver.window(), area=driver.area_of("VIEW_3D"), region=region):
        bpy.ops.view3d.view_selected()
    yield 1.5
    yield from driver.screenshot("topology-1-head")


def open_panel(panel):
    """A panel that is closed by default is open from the first."""
    bpy.utils.unregister_class(panel)
    panel.bl_options = set()
    bpy.utils.register_class(panel)


def finished():
    yield from driver.wait_until(lambda: state().running, PATIENCE, "the job to start")
    yield from driver.wait_until(lambda: not state().running, PATIENCE, "the job to end")
    assert not list(state().report), [line.message for line in state().report]


driver.run(scenario)
