# SPDX-License-Identifier: GPL-3.0-or-later
"""Where photos stand in the world: upright in the plane y = 0, clear of what is there already."""

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import bpy
import numpy as np

from ..data.coordinates import PhotoPlacement
from ..data.face import AnyPose
from .default_scene import own_objects
from .head_properties import RIGHT_EDGE
from .viewing import box_of

# Local space, metres: what a whole head takes, with room to the next one.
HEAD_BOX = np.array(list(itertools.product((-0.1, 0.1), (-0.06, 0.17), (-0.19, 0.14))))
CELL = 0.34, 0.42  # metres, of the grid; a turned head fits
ROOM = 8.0  # metres
REACH = 0.6, 0.9, 0.6  # metres from a photo's middle along x, y and z that are to be free, its camera included
SHOWN = ("MESH", "CURVE", "CURVES", "SURFACE", "META", "FONT", "VOLUME", "POINTCLOUD", "GREASEPENCIL", "GPENCIL")


@dataclass
class Layout:
    """Gives photos their places, one after another. It can be stored as JSON and continued. Lengths in Blender units.

    kind: "line", side by side along x; "grid", in rows of `columns`, from the top down; "pile", all in one place
    columns: number of photos in a row of the grid, which are as wide there as their heads
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

    def extent(self, photo: PhotoPlacement, poses: Sequence[AnyPose]) -> tuple[np.ndarray, np.ndarray]:
        """Return the lowest and the highest x, z that a photo at the origin takes, with the heads of these poses.

        A grid has room for the heads alone, in cells of equal size; elsewhere a photo is as wide as what it shows, so
        that no camera sees the heads of other photos.
        """
        heads = [HEAD_BOX @ matrix[:3, :3].T + matrix[:3, 3] for matrix in map(photo.head_matrix, poses)]
        points = np.concatenate(heads)[:, [0, 2]]
        low, high = points.min(0), points.max(0)
        frame = np.array([photo.width, photo.height]) / 2
        if self.kind != "grid":
            return np.minimum(low, -frame), np.maximum(high, frame)
        cell = np.array(CELL) * photo.metre
        spare = np.ceil((high - low) / cell) * cell - (high - low)
        return low - spare / 2, high + spare / 2

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
    """Return where a photo has room along x: right of the scene's photos, clear of the user's objects; None: anywhere.

    Objects larger than ROOM do not count: a photo stands in a room, or on a ground, not next to it.
    """
    photos = [child[RIGHT_EDGE] for child in scene.collection.children_recursive if RIGHT_EDGE in child]
    edge, metre = max(photos, default=None), units_per_metre(scene)
    boxes = [box for box in map(_box, own_objects(scene)) if box is not None and (box[1] - box[0]).max() < ROOM * metre]
    for low, high in sorted(boxes, key=lambda box: box[0][0]):
        left = -REACH[0] * metre if edge is None else edge
        start = np.array([left, -REACH[1] * metre, -REACH[2] * metre])
        end = np.array([left + 2 * REACH[0] * metre, REACH[1] * metre, REACH[2] * metre])
        if (low < end).all() and (high > start).all():
            edge = high[0]
    return None if edge is None else float(edge)


def _box(thing):
    """Return the lowest and the highest corner (3,) of an object in the world; None if it is hidden."""
    if thing.type not in SHOWN or not thing.visible_get():
        return None
    return box_of([thing])


def free_place(scene: bpy.types.Scene, width: float) -> float:
    """Return the x of the middle of a photo, `width` wide, that is to stand next to those in the scene."""
    return Layout(left=free_edge(scene)).place(width, 0.0)[0]


def units_per_metre(scene: bpy.types.Scene) -> float:
    """Return how many Blender units are a metre in this scene."""
    units = scene.unit_settings
    return 1.0 if units.system == "NONE" else 1.0 / units.scale_length
