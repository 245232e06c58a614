# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network estimates for every vertex, as attributes of the mesh and as colours.

visibility   0 to 1: the surface faces the camera and no part of the face is in front of it
in_view      0 to 1: in addition, nothing else is in front of it, such as hair, a hand or glasses
uncertainty  expected error, pixels of the photo
"""

from dataclasses import dataclass

import bpy
import numpy as np

from .head_properties import read_property

COLOURS = "Capture"  # the colour attribute's name
# From certain to uncertain, sRGB; people with colour blindness can tell them apart.
COLOUR_STOPS = (0.16, 0.38, 0.75), (0.95, 0.93, 0.86), (0.89, 0.42, 0.05)


@dataclass(frozen=True)
class ColourScale:
    """The values of the first and the last colour, in `unit`."""

    title: str
    certain: float
    uncertain: float
    unit: str


SCALES = {
    "uncertainty": ColourScale("Likely error", 0, 5, " mm"),
    "visibility": ColourScale("Faces the camera", 100, 0, " %"),
    "in_view": ColourScale("In plain view", 100, 0, " %"),
}


def write_measures(mesh: bpy.types.Mesh, measures: dict[str, np.ndarray]) -> None:
    """Store measures as attributes of a mesh; measures: name of face.VERTEX_MEASURES -> (N,) float32."""
    for name, values in measures.items():
        attribute = mesh.attributes.get(name) or mesh.attributes.new(name, "FLOAT", "POINT")
        attribute.data.foreach_set("value", np.ascontiguousarray(values, np.float32))


def colour_by(head: bpy.types.Object, name: str) -> None:
    """Show the measure `name` as the head's colours; "texture" removes them. Heads in Edit Mode are left alone."""
    mesh = head.data
    if mesh.is_editmode:
        return
    colours = mesh.color_attributes.get(COLOURS)
    if name not in mesh.attributes:
        if colours:
            mesh.color_attributes.remove(colours)
        return
    if not colours:
        mesh.color_attributes.new(COLOURS, "BYTE_COLOR", "POINT")
    values = np.empty(len(mesh.vertices), np.float32)
    mesh.attributes[name].data.foreach_get("value", values)
    values = values / read_property(head, "scale") if name == "uncertainty" else values * 100
    colours = mesh.color_attributes[COLOURS]
    colours.data.foreach_set("color_srgb", ramp(SCALES[name], values).ravel())
    mesh.color_attributes.active_color = colours
    mesh.update()


def ramp(scale: ColourScale, values: np.ndarray) -> np.ndarray:
    """Return the colours (N, 4) float32, sRGB and alpha, of values (N,) in the scale's unit; grey for NaN."""
    along = np.clip((values - scale.certain) / (scale.uncertain - scale.certain), 0, 1)
    colours = np.ones((len(values), 4), np.float32)
    for channel, stops in enumerate(zip(*COLOUR_STOPS, strict=True)):
        colours[:, channel] = np.where(np.isnan(along), 0.5, np.interp(along, (0, 0.5, 1), stops))
    return colours
