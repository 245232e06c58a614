# SPDX-License-Identifier: GPL-3.0-or-later
"""What a person has put right of a capture. It is kept in the head's custom properties and outlives re-runs."""

from dataclasses import dataclass, replace

import bpy

from ..interface import landmarks68
from .head_properties import HeadProperties, change_properties


@dataclass(frozen=True)
class Corrections:
    """All in pixels of the photo, of the mirrored one if `mirrored`.

    place: left, top, right, bottom of the box in which the network is to see the face; pins: landmark -> x, y of those
    that were placed by hand.
    """

    place: tuple[float, ...]
    pins: dict[int, tuple[float, float]]
    mirrored: bool

    @staticmethod
    def of(head: bpy.types.Object) -> "Corrections":
        properties = HeadProperties.of(head)
        return Corrections(properties.place or properties.box, properties.pins or {}, bool(properties.mirrored))

    def keep(self, head: bpy.types.Object) -> None:
        change_properties(head, place=self.place, mirrored=self.mirrored, pins=self.pins or None)

    def forgotten(self, head: bpy.types.Object) -> "Corrections":
        """None: the photo as it is, and the place where the network found the face by itself."""
        properties = HeadProperties.of(head)
        return Corrections(properties.first_place or properties.box, {}, mirrored=False)

    def with_place(self, box) -> "Corrections":
        left, right = sorted((box[0], box[2]))
        top, bottom = sorted((box[1], box[3]))
        return replace(self, place=(left, top, right, bottom))

    def with_pin(self, landmark: int, place: tuple[float, float] | None) -> "Corrections":
        """None takes the pin out."""
        pins = {number: pin for number, pin in self.pins.items() if number != landmark}
        return replace(self, pins=pins if place is None else {**pins, landmark: tuple(place)})

    def flipped(self, width: int) -> "Corrections":
        """The same for the photo, so many pixels wide, mirrored."""
        left, top, right, bottom = self.place
        pins = {int(landmarks68.MIRROR[number]): (width - 1 - x, y) for number, (x, y) in self.pins.items()}
        return Corrections((width - 1 - right, top, width - 1 - left, bottom), pins, not self.mirrored)

    def entry(self, path: str, frame: int, topology: str) -> dict:
        """What a `correct` request says of the face."""
        return {
            "path": path,
            "frame": frame,
            "box": list(self.place),
            "pins": [[number, *place] for number, place in self.pins.items()],
            "mirrored": self.mirrored,
            "topology": topology,
        }
