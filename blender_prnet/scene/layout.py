# SPDX-License-Identifier: GPL-3.0-or-later
"""Where photos stand in the world: upright in the plane y = 0, to the right of those that are there already."""

from dataclasses import dataclass
from typing import Literal

import bpy

from .head_properties import RIGHT_EDGE


@dataclass
class Layout:
    """Gives photos their places, one after another. It can be stored as JSON and continued. Lengths in Blender units.

    kind: "line", side by side along x; "grid", in rows of `columns`, from the top down; "pile", all in one place
    columns: number of photos in a row of the grid
    left: where the first photo begins; None puts its middle at the world's origin
    right, bottom, top: where the last row ends and begins
    filled: number of photos in the last row
    """

    kind: Literal["line", "grid", "pile"] = "line"
    columns: int = 1
    left: float | None = None
    right: float = 0.0
    top: float | None = None
    bottom: float = 0.0
    filled: int = 0

    def place(self, width: float, height: float) -> tuple[float, float]:
        """Return x, z of the middle of the next photo."""
        if self.left is None:
            self.left = -width / 2
        if self.top is None:
            self.top, self.right, self.bottom = height / 2, self.left, height / 2
        if self.kind == "pile":
            return self.left + width / 2, 0.0
        if self.kind == "grid" and self.filled == self.columns:
            self.top, self.right, self.filled = self.bottom, self.left, 0
        x, z = self.right + width / 2, (self.top - height / 2 if self.kind == "grid" else 0.0)
        self.right, self.bottom, self.filled = self.right + width, min(self.bottom, z - height / 2), self.filled + 1
        return x, z


def free_edge(scene: bpy.types.Scene) -> float | None:
    """Return where the photos of the scene end along x; None if there are none."""
    return max(
        (child[RIGHT_EDGE] for child in scene.collection.children_recursive if RIGHT_EDGE in child), default=None
    )


def free_place(scene: bpy.types.Scene, width: float) -> float:
    """Return the x of the middle of a photo, `width` wide, that is to stand next to those in the scene."""
    return Layout(left=free_edge(scene)).place(width, 0.0)[0]


def units_per_metre(scene: bpy.types.Scene) -> float:
    """Return how many Blender units are a metre in this scene."""
    units = scene.unit_settings
    return 1.0 if units.system == "NONE" else 1.0 / units.scale_length
