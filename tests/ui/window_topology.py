# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: a capture is put on the face model's mesh by the panel's button.

Arguments after "--": the photo; the face model's file.
"""

import shutil

import bpy
import driver
from face_capture import EXTENSION, begin, finished, heads, open_panels, press_button

PHOTO, FACE_MODEL = driver.arguments()


def scenario():
    shutil.copy(FACE_MODEL, bpy.utils.extension_path_user(EXTENSION, path="face_model", create=True))
    open_panels(bpy.types.PRNET_PT_topology)
    begin()
    bpy.context.scene.prnet.topology = "grid"
    bpy.ops.prnet.capture("EXEC_DEFAULT", directory=str(PHOTO.parent), files=[{"name": PHOTO.name}], preset="photo")
    yield from finished()
    (head,) = heads()
    yield from press_button("prnet.put_on_model", with_options="topology='model'")
    yield from finished()
    assert len(head.data.vertices) == 24591 and len(head.data.shape_keys.key_blocks) == 52
    view = driver.area_of("VIEW_3D").spaces.active
    view.region_3d.view_perspective = "PERSP"
    with driver.in_viewport():
        bpy.ops.view3d.view_selected()
    yield 1.5
    yield from driver.screenshot("topology-1-head")


driver.run(scenario, anti_aliasing="FXAA")
