# SPDX-License-Identifier: GPL-3.0-or-later
"""The corrections that a user has made to a capture. They are stored with the head and survive a new capture."""

from dataclasses import dataclass, replace

import bpy

from ..interface import surface_points
from .head_properties import HeadProperties, change_properties


@dataclass(frozen=True)
class Corrections:
    """The corrections of one head, in pixels of the photo, or of the mirrored photo if `mirrored`.

    place: left, top, right, bottom of the box in which the network looks for the face
    pins: point -> x, y of what the user has placed, by the numbers of nets/interface/surface_points.py
    mirrored: whether the photo is treated as a mirror image
    """

    place: tuple[float, ...]
    pins: dict[int, tuple[float, float]]
    mirrored: bool

    @staticmethod
    def of(head: bpy.types.Object) -> "Corrections":
        """Read the corrections of the head of a photo."""
        properties = HeadProperties.of(head)
        return Corrections(properties.place or properties.box, properties.pins or {}, bool(properties.mirrored))

    def keep(self, head: bpy.types.Object) -> None:
        """Store the corrections with the head."""
        change_properties(head, place=self.place, mirrored=self.mirrored, pins=self.pins or None)

    def forgotten(self, head: bpy.types.Object) -> "Corrections":
        """Return no corrections: the photo as it is, and the box in which the network found the face by itself."""
        properties = HeadProperties.of(head)
        return Corrections(properties.first_place or properties.box, {}, mirrored=False)

    def with_place(self, box) -> "Corrections":
        """Return the corrections with another box, whose corners may be in any order."""
        left, right = sorted((box[0], box[2]))
        top, bottom = sorted((box[1], box[3]))
        return replace(self, place=(left, top, right, bottom))

    def with_pin(self, point: int, place: tuple[float, float] | None) -> "Corrections":
        """Return the corrections with a point pinned at x, y; None removes its pin."""
        pins = {number: pin for number, pin in self.pins.items() if number != point}
        return replace(self, pins=pins if place is None else {**pins, point: tuple(place)})

    def flipped(self, width: int) -> "Corrections":
        """Return the same corrections for the mirrored photo, which is `width` pixels wide."""
        left, top, right, bottom = self.place
        pins = {surface_points.mirrored(number): (width - 1 - x, y) for number, (x, y) in self.pins.items()}
        return Corrections((width - 1 - right, top, width - 1 - left, bottom), pins, not self.mirrored)

    def entry(self, path: str, frame: int, topology: str, lens: str) -> dict:
        """Return the entry of this face in a `correct` request. lens: see lens.lens_of."""
        return {
            "path": path,
            "frame": frame,
            "box": list(self.place),
            "pins": [[number, *place] for number, place in self.pins.items()],
            "mirrored": self.mirrored,
            "topology": topology,
            "lens": lens,
        }
