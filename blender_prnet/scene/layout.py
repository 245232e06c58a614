# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the photos of a capture stand in the world: upright in the plane y = 0, clear of those that are there."""

from dataclasses import dataclass
from typing import Literal

import bpy

from .head_properties import RIGHT_EDGE


@dataclass
class Layout:
    """Gives photos their places, one after another. All lengths in metres; it can be kept as JSON and go on from there.

    kind: "line", side by side along x; "grid", `columns` of them side by side, the rows below each other; "pile", all
    in one place. left: where the first begins, None for round the world's origin; right and bottom: where the last
    row ends; top: where it begins; filled: the photos in it.
    """

    kind: Literal["line", "grid", "pile"] = "line"
    columns: int = 1
    left: float | None = None
    right: float = 0.0
    top: float | None = None
    bottom: float = 0.0
    filled: int = 0

    def place(self, width: float, height: float) -> tuple[float, float]:
        """(x, z) of the middle of the next photo."""
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
    """Where along x the photos of the scene end, None if there are none."""
    return max(
        (child[RIGHT_EDGE] for child in scene.collection.children_recursive if RIGHT_EDGE in child), default=None
    )


def free_place(scene: bpy.types.Scene, width: float) -> float:
    """Where along x the middle of the next photo, `width` metres wide, stands clear of those in the scene."""
    return Layout(left=free_edge(scene)).place(width, 0.0)[0]
