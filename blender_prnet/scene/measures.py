# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network says of every vertex, as attributes of the mesh, and as colours that artists read.

visibility   0 to 1: the surface faces the camera and nothing of the face lies before it
in_view      0 to 1: likewise, with nothing else before it, hair, hand or glasses
uncertainty  expected error in pixels of the photo
"""

from dataclasses import dataclass

import bpy
import numpy as np

from .head_properties import HeadProperties

COLOURS = "Capture"  # the colour attribute's name
SURE, MIDDLING, DOUBTFUL = (
    (0.16, 0.38, 0.75),
    (0.95, 0.93, 0.86),
    (0.89, 0.42, 0.05),
)  # sRGB; the colour-blind tell them


@dataclass(frozen=True)
class Scale:
    """The values that the ends of the colours stand for, in `unit`."""

    title: str
    sure: float
    doubtful: float
    unit: str


SCALES = {
    "uncertainty": Scale("Likely error", 0, 5, " mm"),
    "visibility": Scale("Faces the camera", 100, 0, " %"),
    "in_view": Scale("In plain view", 100, 0, " %"),
}


def write_measures(mesh: bpy.types.Mesh, measures: dict[str, np.ndarray]) -> None:
    """measures: of NAMES, (N,) f4 each."""
    for name, values in measures.items():
        attribute = mesh.attributes.get(name) or mesh.attributes.new(name, "FLOAT", "POINT")
        attribute.data.foreach_set("value", np.ascontiguousarray(values, np.float32))


def colour_by(head: bpy.types.Object, name: str) -> None:
    """Make the measure `name` the head's active colours; "texture" takes them away. Not while the head is edited."""
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
    values = values / HeadProperties.of(head).scale if name == "uncertainty" else values * 100
    colours = mesh.color_attributes[COLOURS]
    colours.data.foreach_set("color_srgb", ramp(SCALES[name], values).ravel())
    mesh.color_attributes.active_color = colours
    mesh.update()


def ramp(scale: Scale, values: np.ndarray) -> np.ndarray:
    """(N,) in the scale's unit -> (N, 4) f4 sRGB and alpha; what is not a number is grey."""
    along = np.clip((values - scale.sure) / (scale.doubtful - scale.sure), 0, 1)
    colours = np.ones((len(values), 4), np.float32)
    for channel, stops in enumerate(zip(SURE, MIDDLING, DOUBTFUL, strict=True)):
        colours[:, channel] = np.where(np.isnan(along), 0.5, np.interp(along, (0, 0.5, 1), stops))
    return colours
