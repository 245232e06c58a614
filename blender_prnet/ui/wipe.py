# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws the clip over the left part of the active baked head, up to a line that the user moves."""

import bpy
import gpu
import numpy as np

from ..scene.camera import camera_of, photo_of
from ..scene.head_properties import HeadKind, kind_of
from ..scene.photo_view import through_camera
from .drawing import draw_lines, draw_picture

LINE = (1.0, 1.0, 1.0, 0.9)


def draw_in_view():
    """Draw over a region of a 3D View."""
    context = bpy.context
    overlay, head = context.scene.prnet_overlay, context.object
    if not (overlay.wiped and context.space_data.overlay.show_overlays):
        return
    if kind_of(head) is not HeadKind.PERFORMANCE or photo_of(head) is None:
        return
    view = through_camera(context, head)
    if view is None:
        return
    background = camera_of(head).data.background_images[0]
    width, height = view.image_size
    left, top, right, bottom = -0.5, -0.5, overlay.wipe * width - 0.5, height - 0.5
    corners = view.to_region([[left, bottom], [right, bottom], [right, top], [left, top]])
    across, up = np.array([0, 1, 1, 0]) * overlay.wipe, np.array([0, 0, 1, 1])
    across, up = 1 - across if background.use_flip_x else across, 1 - up if background.use_flip_y else up
    # The view has drawn the clip behind the head just now, so that this is the texture of the present frame.
    draw_picture(gpu.texture.from_image(background.image), corners, np.stack([across, up], 1))
    draw_lines(corners[1:3], LINE, 2)


_handle = None


def register():
    global _handle
    _handle = bpy.types.SpaceView3D.draw_handler_add(draw_in_view, (), "WINDOW", "POST_PIXEL")


def unregister():
    bpy.types.SpaceView3D.draw_handler_remove(_handle, "WINDOW")
