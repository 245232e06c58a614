# SPDX-License-Identifier: GPL-3.0-or-later
"""What can be shown over captured heads in the 3D View: landmarks, and how far each place is to be trusted."""

import bpy
import numpy as np
from bpy.app.translations import pgettext_iface as iface_
from bpy.props import BoolProperty, EnumProperty, PointerProperty

from ..interface import landmarks68
from ..operators.dragging import DRAGGED
from ..scene.corrections import Corrections
from ..scene.found_faces import found_faces, found_faces_of_head
from ..scene.head_properties import FROM_PHOTOS, HeadKind, kind_of
from ..scene.landmarks import landmarks_of
from ..scene.measures import SCALES, colour_by, ramp
from .drawing import draw_dots, draw_lines, draw_strip, draw_text, scale, text_width, to_region
from .photo_view import in_image_editor, through_camera
from .tools import FaceBox, ImageFaceBox, PinLandmarks, active_tool

POINT, LINE = (1.0, 0.85, 0.2, 1.0), (1.0, 0.85, 0.2, 0.55)
PIN, FOUND = (0.3, 1.0, 0.45, 1.0), (1.0, 1.0, 1.0, 0.8)
NUMBER = 16, 10  # pixels that a number takes
LEGEND = 180, 10, 24  # pixels: width, height, distance from the corner


def captured_heads(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    return [thing for thing in scene.objects if kind_of(thing) in FROM_PHOTOS]


def show_colours(scene: bpy.types.Scene) -> None:
    """Bring all heads and views in line with the setting."""
    for head in captured_heads(scene):
        colour_by(head, scene.prnet_overlay.colours)
    _shade_views(scene)


def _shade_views(scene):
    global _shown
    _shown = scene.prnet_overlay.colours
    for window in bpy.context.window_manager.windows:
        for area in window.screen.areas if window.scene == scene else ():
            if area.type == "VIEW_3D":
                shading = area.spaces.active.shading
                shading.type, shading.color_type = "SOLID", "TEXTURE" if _shown == "texture" else "VERTEX"


class OverlaySettings(bpy.types.PropertyGroup):
    """Scene.prnet_overlay"""

    landmarks: BoolProperty(
        name="Landmarks",
        description="Draw the 68 landmarks of the captured heads where the network saw them, hidden ones too",
        update=lambda _settings, context: _redraw(context),
    )
    numbers: BoolProperty(
        name="Numbers",
        description="Write each landmark's number beside it, from 0 in the order of iBUG's 300-W, as scripts know it",
        update=lambda _settings, context: _redraw(context),
    )
    colours: EnumProperty(
        name="Colours",
        description="What the colours of captured heads show. Blue can be trusted, orange is for a second look",
        items=[
            ("texture", "Texture", "The photo"),
            ("uncertainty", "Likely Error", "How far off each place is likely to be, in millimetres"),
            ("visibility", "Facing", "What faces the camera, with no other part of the face before it"),
            ("in_view", "In View", "What the photo shows, with no hair, hand or glasses before it"),
        ],
        update=lambda settings, _context: show_colours(settings.id_data),
    )


def draw_in_view():
    """In a region of a 3D View."""
    context = bpy.context
    settings, head, tool = context.scene.prnet_overlay, context.object, active_tool(context)
    can_be_corrected = kind_of(head) is HeadKind.PHOTO
    if not context.space_data.overlay.show_overlays:
        return
    if settings.landmarks:
        for each in captured_heads(context.scene):
            if each.visible_get(view_layer=context.view_layer):
                _draw_landmarks(context, each, settings.numbers)
    elif can_be_corrected and tool == PinLandmarks.bl_idname:
        _draw_landmarks(context, head, numbers=False)
    view = through_camera(context, head) if can_be_corrected else None
    if view and tool == PinLandmarks.bl_idname:
        _draw_pins(view, Corrections.of(head).pins)
    if view and tool == FaceBox.bl_idname:
        _draw_boxes(view, found_faces_of_head(head), Corrections.of(head).place)
    if settings.colours != "texture" and captured_heads(context.scene):
        _draw_legend(settings.colours)


def draw_in_image_editor():
    """In a region of an Image Editor."""
    context = bpy.context
    image = context.edit_image
    if image and active_tool(context) == ImageFaceBox.bl_idname and context.space_data.overlay.show_overlays:
        _draw_boxes(in_image_editor(context, image), found_faces(image), None)


def _draw_landmarks(context, head, numbers):
    points = to_region(landmarks_of(head), context.region, context.region_data)
    draw_lines(points[landmarks68.EDGES.ravel()], LINE)
    draw_dots(points, POINT)
    if numbers:
        taken = np.empty((0, 2))
        for number, point in enumerate(points):
            if (np.abs(taken - point) >= np.array(NUMBER) * scale()).any(1).all():  # the others come as one zooms in
                taken = np.append(taken, [point], 0)
                draw_text(str(number), point[0] + 5 * scale(), point[1] + 2 * scale(), 9)


def _draw_pins(view, pins):
    dragged = DRAGGED.get("landmark")
    places = {**pins, dragged[0]: dragged[1:]} if dragged else pins
    if places:
        draw_dots(view.to_region(list(places.values())), PIN, 9)


def _draw_boxes(view, found, place):
    for box in found:
        _draw_box(view, box, FOUND)
    if "box" in DRAGGED:
        _draw_box(view, DRAGGED["box"], PIN)
    elif place:
        _draw_box(view, place, POINT)


def _draw_box(view, box, colour):
    left, top, right, bottom = box
    corners = view.to_region([[left, top], [right, top], [right, bottom], [left, bottom]])
    draw_lines(corners[[0, 1, 1, 2, 2, 3, 3, 0]], colour, 2)


def _draw_legend(name):
    width, height, corner = (length * scale() for length in LEGEND)
    stops = SCALES[name]
    tools = next((region.width for region in bpy.context.area.regions if region.type == "TOOLS"), 0)
    left, bottom = tools + corner, corner + 16 * scale()
    draw_strip(left, bottom, width, height, ramp(stops, np.linspace(stops.certain, stops.uncertain, 33)))
    draw_text(iface_(stops.title), left, bottom + height + 6 * scale(), 12)
    draw_text(f"{stops.certain:g}{stops.unit}", left, bottom - 14 * scale())
    end = f"{stops.uncertain:g}{stops.unit}"
    draw_text(end, left + width - text_width(end), bottom - 14 * scale())


def _redraw(context):
    for area in context.screen.areas if context.screen else ():
        if area.type == "VIEW_3D":
            area.tag_redraw()


@bpy.app.handlers.persistent
def _after_undo(scene, *_):
    if scene.prnet_overlay.colours != _shown:  # how a view is shaded is not undone
        _shade_views(scene)


CLASSES = (OverlaySettings,)
_HANDLERS = (bpy.app.handlers.undo_post, bpy.app.handlers.redo_post)
_DRAWN_IN = {bpy.types.SpaceView3D: draw_in_view, bpy.types.SpaceImageEditor: draw_in_image_editor}
_handles = {}
_shown = "texture"


def register():
    bpy.types.Scene.prnet_overlay = PointerProperty(type=OverlaySettings)
    for space, function in _DRAWN_IN.items():
        _handles[space] = space.draw_handler_add(function, (), "WINDOW", "POST_PIXEL")
    for handlers in _HANDLERS:
        handlers.append(_after_undo)


def unregister():
    for handlers in _HANDLERS:
        handlers.remove(_after_undo)
    for space in _DRAWN_IN:
        space.draw_handler_remove(_handles.pop(space), "WINDOW")
    del bpy.types.Scene.prnet_overlay
