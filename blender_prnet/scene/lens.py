# SPDX-License-Identifier: GPL-3.0-or-later
"""The lens of a capture as the worker takes it: a text, see nets/capture/lens.py."""

import math

import bpy

from .camera import camera_of, focal_length, heads_of
from .head_properties import HeadProperties

AUTO, ORTHOGRAPHIC = "auto", "orthographic"


def chosen_lens(settings) -> str:
    """Return the lens that the settings choose. settings: Scene.prnet or Scene.prnet_bake."""
    return {
        "auto": AUTO,
        "film": f"{settings.lens_film:g}",
        "sensor": f"{settings.lens_length:g}mm/{settings.lens_sensor:g}",
        "field": f"{math.degrees(settings.lens_field):g}deg",
        "orthographic": ORTHOGRAPHIC,
    }[settings.lens]


def lens_of(head: bpy.types.Object, settings) -> str:
    """Return the lens for another capture of a head's photo: that of its camera.

    If the settings choose a lens it is that one, unless other heads share the camera.
    """
    camera = camera_of(head)
    if settings.lens != AUTO and len(heads_of(camera)) == 1:
        return chosen_lens(settings)
    focal = focal_length(camera.data, HeadProperties.of(head).image_size)
    return ORTHOGRAPHIC if focal is None else f"{focal:.3f}px"
