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
    bpy.context.window_manager.prnet_overlay.shaded_for = scene.prnet_overlay.colours
    for shading in _shadings(scene):
        shading.type, shading.color_type = "SOLID", _colour_type(scene)


def light_views(scene: bpy.types.Scene, light: str) -> None:
    """Light the 3D Views of the scene. light: FLAT shows the heads' colours as they are, STUDIO their shape in grey."""
    colour_type = "SINGLE" if light == "STUDIO" else _colour_type(scene)
    for shading in _shadings(scene):
        shading.type, shading.light, shading.color_type = "SOLID", light, colour_type


def show_textures(scene: bpy.types.Scene) -> None:
    """Show textures in the 3D Views that are as Blender opens them, where surfaces are plain grey.

    The light is flat, since a texture holds the photo's light: a second one would make the head dark.
    """
    for shading in _shadings(scene):
        if shading.color_type == "MATERIAL":
            shading.light, shading.color_type = "FLAT", "TEXTURE"


def _colour_type(scene):
    return "TEXTURE" if scene.prnet_overlay.colours == "texture" else "VERTEX"


def _shadings(scene):
    windows = [window for window in bpy.context.window_manager.windows if window.scene == scene]
    areas = [area for window in windows for area in window.screen.areas]
    return [area.spaces.active.shading for area in areas if area.type == "VIEW_3D"]


def shade_views_after_undo(scene: bpy.types.Scene) -> None:
    """Shade the views again if an undo or redo has changed the colours: it does not change the shading itself."""
    if scene.prnet_overlay.colours != bpy.context.window_manager.prnet_overlay.shaded_for:
        shade_views(scene)
