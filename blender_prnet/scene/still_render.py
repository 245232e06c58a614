# SPDX-License-Identifier: GPL-3.0-or-later
"""A render of one head alone, in the size of its photo, with the scene's engine, world and lights."""

from pathlib import Path

import bpy


def render_alone(
    scene: bpy.types.Scene, head: bpy.types.Object, camera: bpy.types.Object, image_size: tuple[int, int], path: Path
) -> None:
    """Render what the camera sees of the head as a PNG with alpha, with the view transform Standard, as photos need."""
    alone = scene.copy()
    try:
        for collection in list(alone.collection.children):
            alone.collection.children.unlink(collection)
        for thing in list(alone.collection.objects):
            alone.collection.objects.unlink(thing)
        lights = [thing for thing in scene.objects if thing.type == "LIGHT" and not thing.hide_render]
        for thing in (head, camera, *lights):
            alone.collection.objects.link(thing)
        alone.camera, render = camera, alone.render
        render.resolution_x, render.resolution_y = image_size
        render.resolution_percentage, render.film_transparent = 100, True
        render.use_compositing = render.use_sequencer = render.use_border = False
        render.image_settings.file_format, render.image_settings.color_mode = "PNG", "RGBA"
        render.image_settings.color_depth = "8"
        view = alone.view_settings
        view.view_transform, view.look, view.exposure, view.gamma = "Standard", "None", 0.0, 1.0
        render.filepath = str(path)
        alone.frame_set(scene.frame_current)
        bpy.ops.render.render(scene=alone.name, write_still=True)
    finally:
        bpy.data.scenes.remove(alone)
