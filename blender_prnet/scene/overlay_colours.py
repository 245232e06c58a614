# SPDX-License-Identifier: GPL-3.0-or-later
"""The colours of captured heads, and the shading of the views that show them."""

import bpy

from .head_properties import FROM_PHOTOS, kind_of
from .measures import colour_by


def captured_heads(scene: bpy.types.Scene) -> list[bpy.types.Object]:
    return [thing for thing in scene.objects if kind_of(thing) in FROM_PHOTOS]


def show_colours(scene: bpy.types.Scene) -> None:
    """Make all heads and views of the scene show what Scene.prnet_overlay.colours says."""
    for head in captured_heads(scene):
        colour_by(head, scene.prnet_overlay.colours)
    shade_views(scene)


def shade_views(scene: bpy.types.Scene) -> None:
    """Make the 3D Views of the scene show the texture, or the colours in its place."""
    manager, colours = bpy.context.window_manager, scene.prnet_overlay.colours
    manager.prnet_overlay.shaded_for = colours
    for window in manager.windows:
        for area in window.screen.areas if window.scene == scene else ():
            if area.type == "VIEW_3D":
                shading = area.spaces.active.shading
                shading.type, shading.color_type = "SOLID", "TEXTURE" if colours == "texture" else "VERTEX"


def shade_views_after_undo(scene: bpy.types.Scene) -> None:
    """Shade the views again if an undo or redo has changed the colours: it does not change the shading itself."""
    if scene.prnet_overlay.colours != bpy.context.window_manager.prnet_overlay.shaded_for:
        shade_views(scene)
