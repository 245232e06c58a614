# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws at the foot of the timeline how well the face of the active baked head was seen, and its tracking keyframes."""

import bpy
import numpy as np

from ..data.comparison import weak_ranges
from ..operators.refine import can_be_fixed
from ..scene.clip_fixes import ClipFixes, ClipTime
from ..scene.photo_view import ui_scale
from .drawing import draw_dots, draw_lines, draw_strip

HEIGHT, LEAST = 26, 8  # pixels of the graph at most and at least
FOOT, HEAD = 9, 28  # pixels below it, for the scroll bar, and above it, for the ruler, which Blender draws over all
CURVE, WEAK, KEYFRAME = (0.35, 0.7, 1.0, 0.9), (1.0, 0.55, 0.1, 0.55), (0.3, 1.0, 0.45, 1.0)


def draw_in_timeline():
    """Draw over a region of a Dope Sheet or Timeline."""
    context = bpy.context
    head, region = context.object, context.region
    if not can_be_fixed(head):
        return
    time, fixes = ClipTime.of(head), ClipFixes.of(head)
    foot, room = FOOT * ui_scale(), region.height - (FOOT + HEAD) * ui_scale()
    height = min(max(room, LEAST * ui_scale()), HEIGHT * ui_scale())  # Blender's own layout has a low timeline

    def across(times) -> np.ndarray:
        view = region.view2d
        start, end = (view.view_to_region(x, 0, clip=False)[0] for x in (0, 1000))
        return start + (end - start) * np.asarray(times, float) / 1000

    for first, last in weak_ranges(time.time, time.confidence):
        left, right = across([first - 0.5, last + 0.5])
        draw_strip(left, foot, max(right - left, 2), height, np.array([WEAK, WEAK]))
    points = np.column_stack([across(time.time), foot + height * time.confidence])
    draw_lines(np.repeat(points, 2, 0)[1:-1], CURVE)
    keyframes = time.shown(fixes.keyframes)
    if keyframes:
        draw_dots(np.column_stack([across(keyframes), np.full(len(keyframes), foot + height)]), KEYFRAME, 7)


_handle = None


def register():
    global _handle
    _handle = bpy.types.SpaceDopeSheetEditor.draw_handler_add(draw_in_timeline, (), "WINDOW", "POST_PIXEL")


def unregister():
    bpy.types.SpaceDopeSheetEditor.draw_handler_remove(_handle, "WINDOW")
