# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws landmarks, pins, face boxes and the legend of the colours over captured heads and their photos."""

import bpy
import numpy as np
from bpy.app.translations import pgettext_iface as iface_

from ..interface import landmarks68
from ..operators.refine import can_be_fixed
from ..operators.tools import FaceBox, ImageFaceBox, PinLandmarks, active_tool
from ..scene.clip_fixes import box_in_clip, pins_in_clip
from ..scene.corrections import Corrections
from ..scene.found_faces import found_faces, found_faces_of_head
from ..scene.head_properties import HeadKind, kind_of
from ..scene.landmarks import has_landmarks, landmarks_of
from ..scene.measures import SCALES, ramp
from ..scene.overlay_colours import captured_heads, shade_views_after_undo
from ..scene.photo_view import in_image_editor, through_camera, to_region, ui_scale
from ..session import SESSION
from .drawing import draw_dots, draw_lines, draw_strip, draw_text, text_width

POINT, LINE = (1.0, 0.85, 0.2, 1.0), (1.0, 0.85, 0.2, 0.55)
PIN, FOUND = (0.3, 1.0, 0.45, 1.0), (1.0, 1.0, 1.0, 0.8)
NUMBER = 16, 10  # width and height of a number in pixels
LEGEND = 180, 10, 24  # pixels: width, height, distance from the corner


def draw_in_view():
    """Draw over a region of a 3D View."""
    context = bpy.context
    settings, head, tool = context.scene.prnet_overlay, context.object, active_tool(context)
    in_clip = can_be_fixed(head)
    can_be_corrected = kind_of(head) is HeadKind.PHOTO or (in_clip and has_landmarks(head))
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
        _draw_pins(view, pins_in_clip(context) if in_clip else Corrections.of(head).pins)
    if view and tool == FaceBox.bl_idname:
        found, place = (
            ([], box_in_clip(context)) if in_clip else (found_faces_of_head(head), Corrections.of(head).place)
        )
        _draw_boxes(view, found, place)
    if settings.colours != "texture" and captured_heads(context.scene):
        _draw_legend(settings.colours)


def draw_in_image_editor():
    """Draw over a region of an Image Editor."""
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
            if (
                (np.abs(taken - point) >= np.array(NUMBER) * ui_scale()).any(1).all()
            ):  # the others appear as the user zooms in
                taken = np.append(taken, [point], 0)
                draw_text(str(number), point[0] + 5 * ui_scale(), point[1] + 2 * ui_scale(), 9)


def _draw_pins(view, pins):
    dragged = SESSION.drag.landmark
    places = {**pins, dragged[0]: dragged[1:]} if dragged else pins
    if places:
        draw_dots(view.to_region(list(places.values())), PIN, 9)


def _draw_boxes(view, found, place):
    for box in found:
        _draw_box(view, box, FOUND)
    if SESSION.drag.box:
        _draw_box(view, SESSION.drag.box, PIN)
    elif place:
        _draw_box(view, place, POINT)


def _draw_box(view, box, colour):
    left, top, right, bottom = box
    corners = view.to_region([[left, top], [right, top], [right, bottom], [left, bottom]])
    draw_lines(corners[[0, 1, 1, 2, 2, 3, 3, 0]], colour, 2)


def _draw_legend(name):
    width, height, corner = (length * ui_scale() for length in LEGEND)
    stops = SCALES[name]
    tools = next((region.width for region in bpy.context.area.regions if region.type == "TOOLS"), 0)
    left, bottom = tools + corner, corner + 16 * ui_scale()
    draw_strip(left, bottom, width, height, ramp(stops, np.linspace(stops.certain, stops.uncertain, 33)))
    draw_text(iface_(stops.title), left, bottom + height + 6 * ui_scale(), 12)
    draw_text(f"{stops.certain:g}{stops.unit}", left, bottom - 14 * ui_scale())
    end = f"{stops.uncertain:g}{stops.unit}"
    draw_text(end, left + width - text_width(end), bottom - 14 * ui_scale())


@bpy.app.handlers.persistent
def _after_undo(scene, *_):
    shade_views_after_undo(scene)


HANDLERS = (bpy.app.handlers.undo_post, bpy.app.handlers.redo_post)
DRAWN_IN = {bpy.types.SpaceView3D: draw_in_view, bpy.types.SpaceImageEditor: draw_in_image_editor}
_handles = {}


def register():
    for space, function in DRAWN_IN.items():
        _handles[space] = space.draw_handler_add(function, (), "WINDOW", "POST_PIXEL")
    for handlers in HANDLERS:
        handlers.append(_after_undo)


def unregister():
    for handlers in HANDLERS:
        handlers.remove(_after_undo)
    for space in DRAWN_IN:
        space.draw_handler_remove(_handles.pop(space), "WINDOW")
