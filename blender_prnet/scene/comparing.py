# SPDX-License-Identifier: GPL-3.0-or-later
"""The clip and the head that plays it: behind, before or beside it in the 3D Views; and renders of the head."""

from pathlib import Path
from tempfile import TemporaryDirectory

import bpy
import numpy as np

VIEWS = {  # view -> depth, opacity, and shift of the camera's background image in widths
    "BEHIND": ("BACK", 1.0, 0.0),
    "BLEND": ("FRONT", 0.5, 0.0),
    "BESIDE": ("BACK", 1.0, -1.0),
    "WIPED": ("BACK", 1.0, 0.0),
}
PHOTO_COLOURS = {"view_transform": "Standard", "look": "None", "exposure": 0.0, "gamma": 1.0}  # as the clip's beside it
RENDER = (  # settings of a render that render_head changes
    *("resolution_x", "resolution_y", "resolution_percentage", "film_transparent"),
    *("use_sequencer", "use_compositing", "filepath"),
)


def show_clip(scene: bpy.types.Scene, camera: bpy.types.Object, view: str) -> None:
    """Show the clip of a head's camera in one of VIEWS; for a wiped one ui/wipe.py draws the clip before the head."""
    scene.prnet_overlay.wiped = view == "WIPED"
    background = camera.data.background_images[0]
    background.display_depth, background.alpha, shift = VIEWS[view]
    background.offset = shift, 0.0
    camera.data.passepartout_alpha = 0.0 if shift else 0.5


def render_head(scene: bpy.types.Scene, camera: bpy.types.Object, frame: int, size: tuple[int, int]) -> np.ndarray:
    """Render what a camera sees at a frame, (h, w, 4) uint8; where there is nothing it is transparent.

    size: width and height. The scene's settings are as before afterwards.
    """
    render, image = scene.render, scene.render.image_settings
    kept = {name: getattr(render, name) for name in RENDER}
    view = scene.view_settings
    kept_view = {name: getattr(view, name) for name in PHOTO_COLOURS}
    kind, mode, own_camera, own_frame = image.file_format, image.color_mode, scene.camera, scene.frame_current
    with TemporaryDirectory() as folder:
        path = Path(folder, "head.png")
        try:
            render.resolution_x, render.resolution_y = size
            render.resolution_percentage, render.film_transparent, render.use_sequencer = 100, True, False
            render.use_compositing, render.filepath = False, str(path)
            image.file_format, image.color_mode = "PNG", "RGBA"
            for name, value in PHOTO_COLOURS.items():
                setattr(view, name, value)
            scene.camera = camera
            scene.frame_set(frame)
            bpy.ops.render.render(write_still=True, scene=scene.name)
            picture = bpy.data.images.load(str(path))
            pixels = np.empty(len(picture.pixels), np.float32)
            picture.pixels.foreach_get(pixels)
            bpy.data.images.remove(picture)
        finally:
            for name, value in kept.items():
                setattr(render, name, value)
            for name, value in kept_view.items():
                setattr(view, name, value)
            image.file_format, scene.camera = kind, own_camera
            image.color_mode = mode
            scene.frame_set(own_frame)
    return np.uint8(pixels.reshape(size[1], size[0], 4)[::-1] * 255 + 0.5)
