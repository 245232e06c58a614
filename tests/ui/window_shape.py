# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: a whole head's shape is changed, taken back by the panel's button, and printed.

Arguments after "--": the photo.
"""

import bpy
import driver
import numpy as np
from face_capture import begin, finished, heads, open_panels, press_button

(PHOTO,) = driver.arguments()


def rest(head):
    points = np.empty((len(head.data.vertices), 3), np.float32)
    head.data.shape_keys.reference_key.points.foreach_get("co", points.ravel())
    return points


def scenario():
    open_panels(bpy.types.PRNET_PT_head_shape, bpy.types.PRNET_PT_delivery)
    begin()
    bpy.ops.prnet.capture("EXEC_DEFAULT", directory=str(PHOTO.parent), files=[{"name": PHOTO.name}], preset="draft")
    yield from finished()
    (head,) = heads()
    view = driver.area_of("VIEW_3D").spaces.active
    view.region_3d.view_perspective = "PERSP"
    with driver.in_viewport():
        bpy.ops.view3d.view_selected()
    before = rest(head)
    head.data.prnet_shape.face_width, head.data.prnet_shape.nose_length = 2, -1.5
    driver.draw()
    yield 1.0
    assert np.abs(rest(head) - before).max() > 2e-3  # metres
    yield from driver.screenshot("shape-1-changed")
    yield from press_button("prnet.reset_shape")
    yield 0.5
    (head,) = heads()
    assert np.abs(rest(head) - before).max() < 1e-5 and head.data.prnet_shape.face_width == 0
    with driver.in_viewport():
        assert bpy.ops.prnet.make_printable("EXEC_DEFAULT", height=80, detail=0.8) == {"FINISHED"}
        bpy.ops.view3d.view_all()
    yield 1.5
    yield from driver.screenshot("shape-2-print")
    bpy.ops.ed.undo()
    assert not [thing for thing in bpy.data.objects if "prnet_print" in thing]


driver.run(scenario)
