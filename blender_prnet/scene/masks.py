# SPDX-License-Identifier: GPL-3.0-or-later
"""Blender's masks as outlines in a clip: what they cover in each of its frames."""

from contextlib import contextmanager

import bpy
import numpy as np
from bpy.app.translations import pgettext_rpt as rpt_

from ..data.mask_outlines import changes_of, polygon_of
from .camera import camera_of
from .head_properties import read_property

ADDING = {"MERGE_ADD", "ADD", "LIGHTEN"}  # ways to blend a layer that never take anything away


class MaskError(Exception):
    """A mask that cannot be used as outlines; the message says why and what helps."""


def outlines_over(mask: bpy.types.Mask, head: bpy.types.Object, times: np.ndarray, frames: np.ndarray) -> list[dict]:
    """Return what a mask covers of a baked head's clip, as entries of `ignored` of a track request, one for each layer.

    times: (M,) rising, scene frames; frames: (M,) the clip's frames shown then
    Raises MaskError.
    """
    layers, size, flip = _layers_of(mask), tuple(read_property(head, "image_size")), _flip_of(head)
    each: dict[str, list] = {layer.name: [] for layer in layers}
    order = np.argsort(frames, kind="stable")
    _, first = np.unique(frames[order], return_index=True)
    rows = order[first]
    with _evaluated(mask) as at:
        for time in times[rows]:
            shown = at(time)
            for name, polygons in each.items():
                polygons.append(_polygons_of(shown.layers[name], size, flip))
    numbers = frames[rows].tolist()
    return [
        {"first": numbers[0], "last": numbers[-1], "outlines": changes_of(numbers, polygons), "mask": mask.name}
        for polygons in each.values()
    ]


def _layers_of(mask):
    """Return the layers of a mask that count. Raises MaskError."""
    layers = [layer for layer in mask.layers if not layer.hide and any(map(_is_filled, layer.splines))]
    if not layers:
        raise MaskError(rpt_("{} has no closed outline. Close one with Toggle Cyclic").format(mask.name))
    for layer in layers:
        if layer.invert or layer.blend not in ADDING:
            text = rpt_("The layer {} of {} takes away. Only layers that add can be ignored")
            raise MaskError(text.format(layer.name, mask.name))
        if any(point.parent.id for spline in layer.splines for point in spline.points):
            text = rpt_("The layer {} of {} follows a track. Insert shape keys in place of its parent")
            raise MaskError(text.format(layer.name, mask.name))
    return layers


def _is_filled(spline) -> bool:
    return spline.use_cyclic and spline.use_fill and len(spline.points) > 2


def _flip_of(head) -> tuple[int, int]:
    """Return -1 for each axis along which Blender shows a head's clip the other way round, else 1."""
    camera = camera_of(head)
    if camera is None or not camera.data.background_images:
        return 1, 1
    background = camera.data.background_images[0]
    return -1 if background.use_flip_x else 1, -1 if background.use_flip_y else 1


def _polygons_of(layer, size, flip) -> list:
    polygons = []
    for spline in filter(_is_filled, layer.splines):
        points = [(*point.handle_left, *point.co, *point.handle_right) for point in spline.points]
        polygons.append(polygon_of(np.reshape(points, (-1, 3, 2)), size, flip))
    return polygons


@contextmanager
def _evaluated(mask):
    """Give a function that returns the mask as it is at a time, in scene frames; the scene stays at its own."""
    empty = bpy.data.scenes.new("Mask")

    def at(time: float) -> bpy.types.Mask:
        empty.frame_set(int(np.floor(time)), subframe=float(time % 1))
        return mask.evaluated_get(empty.view_layers[0].depsgraph)

    try:
        yield at
    finally:
        bpy.data.scenes.remove(empty)
