# SPDX-License-Identifier: GPL-3.0-or-later
"""The settings of what is drawn over captured heads in the 3D View."""

import bpy
from bpy.props import BoolProperty, EnumProperty, FloatProperty, StringProperty

from ..scene.overlay_colours import show_colours


def _redraw(_settings, context):
    for area in context.screen.areas if context.screen else ():
        if area.type == "VIEW_3D":
            area.tag_redraw()


class OverlaySettings(bpy.types.PropertyGroup):
    """The settings of the overlays, in Scene.prnet_overlay."""

    landmarks: BoolProperty(
        name="Landmarks",
        description="Draw the 68 landmarks of the captured heads where the network found them, hidden ones too",
        update=_redraw,
    )
    numbers: BoolProperty(
        name="Numbers",
        description="Write each landmark's number next to it, from 0 in the order of iBUG's 300-W, as in scripts",
        update=_redraw,
    )
    wiped: BoolProperty(options={"HIDDEN"})  # by Show the Clip
    wipe: FloatProperty(
        name="Wipe",
        description="How far the clip covers the view from the left, and pictures of Compare; the head is right of it",
        default=0.5,
        min=0,
        max=1,
        subtype="FACTOR",
        update=_redraw,
    )
    colours: EnumProperty(
        name="Colours",
        description="What the colours of captured heads show. Blue is reliable, orange should be checked",
        items=[
            ("texture", "Texture", "The photo"),
            ("uncertainty", "Likely Error", "How far each point is likely to be off, in millimetres"),
            ("visibility", "Facing", "What faces the camera, with no other part of the face in front of it"),
            ("in_view", "In View", "What the photo shows, with no hair, hand or glasses in front of it"),
        ],
        update=lambda settings, _context: show_colours(settings.id_data),
    )


class OverlayState(bpy.types.PropertyGroup):
    """The state of the overlays, in WindowManager.prnet_overlay."""

    shaded_for: StringProperty(default="texture", options={"SKIP_SAVE"})  # the colours that the views last showed
