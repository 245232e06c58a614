# SPDX-License-Identifier: GPL-3.0-or-later
"""The soft light that a scene without a light of its own gets, so that a render shows its heads.

A head's texture holds the photo's light already, so the lamps come close to even light from the front: there, a surface
that faces them is rendered as bright as in its texture. They are suns, so that they light all heads alike, wherever
those stand.
"""

import math
from dataclasses import dataclass

import bpy
from mathutils import Euler, Vector

from .default_scene import is_untouched
from .layout import units_per_metre

COLLECTION = "Capture Light"


@dataclass(frozen=True)
class Sun:
    """A lamp. turn, height: where it stands for the viewer, degrees to the right and above; angle: its size in the sky,
    degrees; strength: W/m², with pi a surface that faces it has its texture's brightness; shine: of its highlights, 0
    to 1, since those of several lamps would fill the eyes."""

    name: str
    turn: float
    height: float
    angle: float
    strength: float
    shine: float
    shadow: bool


SUNS = (
    Sun("Key of Capture Light", -35, 25, 40, 2.7, 0.5, True),
    Sun("Fill of Capture Light", 50, 5, 90, 2.0, 0.0, False),
    Sun("Back of Capture Light", 180, 30, 90, 2.0, 0.0, True),
)
PLACE = -4.0, 0.0, 10.0  # metres; it does not matter for a sun's light, but keeps the lines that Blender draws away


def light_scene(scene: bpy.types.Scene) -> None:
    """Add the lamps in a collection of their own, unless the scene has a light that is the user's."""
    lights = [thing for thing in scene.objects if thing.type == "LIGHT"]
    if any(not is_untouched(light) for light in lights):
        return
    collection = bpy.data.collections.new(COLLECTION)
    for sun in SUNS:
        collection.objects.link(_build(sun, units_per_metre(scene)))
    scene.collection.children.link(collection)


def _build(sun: Sun, metre: float) -> bpy.types.Object:
    data = bpy.data.lights.new(sun.name, "SUN")
    data.energy, data.angle, data.use_shadow = sun.strength, math.radians(sun.angle), sun.shadow
    data.specular_factor = sun.shine
    lamp = bpy.data.objects.new(sun.name, data)
    lamp.location = Vector(PLACE) * metre
    lamp.rotation_euler = Euler((math.radians(90 - sun.height), 0, math.radians(sun.turn)))
    return lamp
