# SPDX-License-Identifier: GPL-3.0-or-later
"""The lens of a capture as the worker takes it: a text, see nets/capture/lens.py."""

import math

import bpy

from .camera import camera_of, focal_length, heads_of
from .head_properties import HeadProperties

AUTO, ORTHOGRAPHIC = "auto", "orthographic"


def chosen_lens(settings) -> str:
    """Return the lens that the settings choose. settings: a LensSettings."""
    return {
        "auto": AUTO,
        "film": f"{settings.film:g}",
        "sensor": f"{settings.length:g}mm/{settings.sensor:g}",
        "field": f"{math.degrees(settings.field):g}deg",
        "orthographic": ORTHOGRAPHIC,
    }[settings.kind]


def lens_of(head: bpy.types.Object, settings) -> str:
    """Return the lens for another capture of a head's photo: that of its camera.

    If the settings, a LensSettings, choose a lens it is that one, unless other heads share the camera.
    """
    camera = camera_of(head)
    if settings.kind != AUTO and len(heads_of(camera)) == 1:
        return chosen_lens(settings)
    return lens_of_camera(camera, HeadProperties.of(head).image_size)


def lens_of_camera(camera: bpy.types.Object, image_size: tuple[int, int]) -> str:
    """Return the lens of a photo's camera. image_size: width and height of the photo, pixels."""
    focal = focal_length(camera.data, image_size)
    return ORTHOGRAPHIC if focal is None else f"{focal:.3f}px"
