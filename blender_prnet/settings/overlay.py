# SPDX-License-Identifier: GPL-3.0-or-later
"""What is drawn over captured heads in the 3D View."""

import bpy
from bpy.props import BoolProperty, EnumProperty, StringProperty

from ..scene.overlay_colours import show_colours


def _redraw(_settings, context):
    for area in context.screen.areas if context.screen else ():
        if area.type == "VIEW_3D":
            area.tag_redraw()


class OverlaySettings(bpy.types.PropertyGroup):
    """Scene.prnet_overlay"""

    landmarks: BoolProperty(
        name="Landmarks",
        description="Draw the 68 landmarks of the captured heads where the network saw them, hidden ones too",
        update=_redraw,
    )
    numbers: BoolProperty(
        name="Numbers",
        description="Write each landmark's number beside it, from 0 in the order of iBUG's 300-W, as scripts know it",
        update=_redraw,
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


class OverlayState(bpy.types.PropertyGroup):
    """WindowManager.prnet_overlay"""

    shaded_for: StringProperty(default="texture", options={"SKIP_SAVE"})  # the colours that the views last showed
