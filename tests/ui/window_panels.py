# SPDX-License-Identifier: GPL-3.0-or-later
"""Runs in Blender's window: works panels and tools as a user does. Arguments after "--": a photo; one of two people."""

import bpy
import driver
import numpy as np
from driver import in_viewport, viewport
from face_capture import TAB, begin, finished, module, open_panels, press_button

PHOTO, PAIR = driver.arguments()


def scenario():
    open_panels(*panels_of_heads())
    begin()
    yield from driver.screenshot("panels-1-first-look")
    yield from choose_a_preset()
    yield from capture()
    yield from show_overlays()
    yield from pin_a_landmark()
    yield from pin_the_forehead()
    yield from draw_a_box()
    yield from choose_a_face()
    yield from read_german()


def choose_a_preset():
    yield from driver.move_mouse(*(yield from driver.find_button("prnet.capture")))
    with in_viewport():
        bpy.ops.wm.call_panel(name="PRNET_PT_photo_presets")
    yield 0.7
    yield from driver.screenshot("panels-2-presets")
    yield from driver.press("ESC", *viewport())


def capture():
    with in_viewport():
        bpy.ops.prnet.capture("EXEC_DEFAULT", True, directory=str(PHOTO.parent), files=[{"name": PHOTO.name}])
    yield from finished()
    shading = driver.area_of("VIEW_3D").spaces.active.shading
    assert (shading.color_type, shading.light) == ("TEXTURE", "FLAT")  # no setting is needed to see the face
    yield from press_button("prnet.light_views", with_options="STUDIO")
    assert (shading.color_type, shading.light) == ("SINGLE", "STUDIO")
    bpy.ops.prnet.light_views(light="FLAT")
    assert (shading.color_type, shading.light) == ("TEXTURE", "FLAT")
    yield 1.0
    yield from driver.screenshot("panels-3-captured")


def show_overlays():
    overlay = bpy.context.scene.prnet_overlay
    overlay.landmarks = overlay.numbers = True
    yield 1.0
    yield from driver.screenshot("panels-4-landmarks")
    overlay.landmarks = False
    for name in ("uncertainty", "visibility", "in_view"):
        overlay.colours = name
        yield 1.0
        yield from driver.screenshot(f"panels-5-{name}")
    overlay.colours = "texture"


def pin_a_landmark():
    """By the tool: the landmark is where it was dropped, and one undo takes it back."""
    yield from press_button("wm.tool_set_by_id")
    bpy.ops.ed.undo_push(message="Before")
    driver.area_of("VIEW_3D").spaces.active.region_3d.view_perspective = "PERSP"
    yield 0.5
    yield from driver.click(*viewport())  # the tool goes to the photo first
    yield 1.0
    before = landmarks()
    drop = before[8] + [0, -20]
    yield from drag(before[8], drop)
    yield from finished()
    yield 0.5
    assert np.linalg.norm(landmarks()[8] - drop) < 3, (before[8], drop, landmarks()[8])
    yield from driver.screenshot("panels-6-pinned")
    yield from driver.press("Z", *viewport(), ctrl=True)
    yield 1.0
    assert np.linalg.norm(landmarks()[8] - before[8]) < 1


def pin_the_forehead():
    """By the same tool: a point of the skin that is far from every landmark is where it was dropped."""
    before = landmarks()
    start = before[[21, 22]].mean(0) + [0, 24]
    drop = start + [-8, 6]
    yield from drag(start, drop)
    yield from finished()
    yield 0.5
    head = bpy.context.object
    [point] = module("scene.corrections").Corrections.of(head).pins
    [vertex] = np.flatnonzero(module("scene.surface_points").vertex_points(head) == point)[:1]
    mesh = head.evaluated_get(bpy.context.evaluated_depsgraph_get()).data
    shown = in_view([head.matrix_world @ mesh.vertices[vertex].co])[0]
    assert point >= 1000 and np.linalg.norm(shown - drop) < 6, (start, drop, shown)
    yield from driver.screenshot("panels-6-pinned-forehead")
    yield from driver.press("Z", *viewport(), ctrl=True)
    yield 1.0
    assert np.linalg.norm(landmarks() - before, axis=1).max() < 1


def draw_a_box():
    with in_viewport():
        bpy.ops.wm.tool_set_by_id(name="prnet.face_box")
    yield 0.5
    left, top, right, bottom = bpy.context.object["prnet_box"]
    with in_viewport():
        view = module("scene.photo_view").through_camera(bpy.context, bpy.context.object)
    corners = view.to_region([[left - 40, top - 60], [right + 40, bottom + 20]])
    yield from drag(*corners, screenshot="panels-7-box")
    yield from finished()
    assert np.allclose(bpy.context.object["prnet_place"], [left - 40, top - 60, right + 40, bottom + 20], atol=2)
    assert np.allclose(bpy.context.object["prnet_box"], [left, top, right, bottom], atol=8)  # the network looks again


def choose_a_face():
    """In the Image Editor: both faces are found, and a click on the second makes its head."""
    area = driver.area_of("VIEW_3D")
    area.type = "IMAGE_EDITOR"
    image = bpy.data.images.load(str(PAIR))
    area.spaces.active.image = image
    driver.open_tab(TAB, "IMAGE_EDITOR")
    region = driver.region_of(area, "WINDOW")
    with bpy.context.temp_override(window=driver.window(), area=area, region=region):
        bpy.ops.prnet.find_faces("EXEC_DEFAULT", True)
    yield from finished()
    yield 1.0
    yield from driver.screenshot("panels-8-faces")
    left, top, right, bottom = np.array(image["prnet_faces"]).reshape(-1, 4)[1]
    x, y = region.view2d.view_to_region((left + right) / 2 / image.size[0], 1 - (top + bottom) / 2 / image.size[1])
    yield from driver.click(region.x + x, region.y + y)
    yield from finished()
    assert np.allclose(bpy.context.object["prnet_box"], [left, top, right, bottom], atol=8)
    area.type = "VIEW_3D"
    yield 1.0


def read_german():
    view = bpy.context.preferences.view
    view.language = "de_DE"
    view.use_translate_interface = view.use_translate_tooltips = view.use_translate_reports = True
    with in_viewport():
        assert "Kein Foto gewählt" in complaint(bpy.ops.prnet.capture)
        assert "kleiner als 8 Pixel" in complaint(bpy.ops.prnet.set_face_box, box=(1, 1, 2, 2))
    yield 1.0
    yield from driver.screenshot("panels-9-german")


def complaint(operator, **settings):
    """What it reports as an error."""
    try:
        operator("EXEC_DEFAULT", **settings)
    except RuntimeError as error:
        return str(error)
    raise AssertionError("no complaint")


def landmarks():
    """(68, 2) of the active head, pixels of the 3D View."""
    return in_view(module("scene.landmarks").landmarks_of(bpy.context.object))


def in_view(points):
    """(K, 2), pixels of the 3D View, of points (K, 3)."""
    with in_viewport():
        context = bpy.context
        view = context.area.spaces.active.region_3d
        return module("scene.photo_view").to_region(np.array(points), context.region, view)


def drag(start, stop, screenshot=None):
    """From one place in the 3D View to another."""
    region = driver.region_of(driver.area_of("VIEW_3D"), "WINDOW")
    start, stop = (np.rint(np.array(place) + [region.x, region.y]).astype(int).tolist() for place in (start, stop))
    window = driver.window()
    yield from driver.move_mouse(*start)
    window.event_simulate(type="LEFTMOUSE", value="PRESS", x=start[0], y=start[1])
    yield 0.1
    for part in (0.3, 0.7, 1.0):
        yield from driver.move_mouse(*(round(a + part * (b - a)) for a, b in zip(start, stop, strict=True)))
        yield 0.1
    if screenshot:
        yield from driver.screenshot(screenshot)
    window.event_simulate(type="LEFTMOUSE", value="RELEASE", x=stop[0], y=stop[1])
    yield 0.1


def panels_of_heads():
    panels = bpy.types.Panel.__subclasses__()
    return [cls for cls in panels if cls.__name__.startswith("PRNET_PT_head_") and hasattr(cls, "bl_options")]


driver.run(scenario)
