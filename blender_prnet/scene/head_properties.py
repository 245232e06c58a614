# SPDX-License-Identifier: GPL-3.0-or-later
"""The custom properties that the extension keeps in .blend files: the record of a head, and a few of other data.

The field `residual` of a head is its custom property `prnet_residual`, and so on. No other file spells these names.
"""

from dataclasses import dataclass, fields
from enum import StrEnum

import bpy
import numpy as np

PREFIX = "prnet_"

# Of other data than heads
RIGHT_EDGE = f"{PREFIX}right_edge"  # on a photo's collection: where the photo ends along x, in Blender units
UNFINISHED = f"{PREFIX}unfinished"  # on a folder's collection: the import as JSON, while photos are left
SUBFOLDER = f"{PREFIX}subfolder"  # on a collection in it: the name of the subfolder
PRINT = f"{PREFIX}print"  # on an object: the height of the print that it is, millimetres
FOUND_FACES = f"{PREFIX}faces"  # on an image: left, top, right, bottom of each face found in it, pixels
PHOTO_PLANE = f"{PREFIX}photo_plane"  # on the plane that shows a photo in renders
PART_MASK = f"{PREFIX}part_mask"  # on an image: the part of the face whose mask it is, and the mesh that it is for
CAPTURED_TEXTURE = f"{PREFIX}captured"  # on a texture of a head: the image of it as it was captured
CAPTURED_VALUES = f"{PREFIX}captured_values"  # on a mesh: the values of its shape keys as they were captured
VIEW_KEY = f"{PREFIX}view_key"  # on a camera of a merged head: the shape key with the expression of its photo
VIEW_SIZE = f"{PREFIX}view_size"  # on that camera: width and height of its photo, pixels
VIEW_PATH = f"{PREFIX}view_path"  # on that camera: the file of its photo, or of the movie
VIEW_FRAME = f"{PREFIX}view_frame"  # on that camera: the frame of the movie, from 0; -1 for a photo
VIEW_WEIGHT = f"{PREFIX}view_weight"  # on that camera: how much its photo counts in the head's texture, 0 to 1


class HeadKind(StrEnum):
    """What a head was made from."""

    PHOTO = "photo"  # one photo, or one frame of a movie; such a head can be corrected and captured again
    MERGED = "merged"  # several photos of one person
    PERFORMANCE = "performance"  # a clip


# Heads at rest, with landmarks, measures of their vertices and a residual.
FROM_PHOTOS = (HeadKind.PHOTO, HeadKind.MERGED)


@dataclass(frozen=True, kw_only=True, eq=False)
class HeadProperties:
    """What is known about a head; a field that does not apply to its kind is None.

    All kinds
        source: path of the photo or the clip, or the name of the image; with several photos, of the first
        image_size: width and height of the upright photo or of the clip, pixels
        confidence: 0 to 1, of the photo; with several photos or frames, their mean
        lens: where the camera's focal length is from, one of perspective.KNOWN; None in files of earlier versions
        topology: name of the face model whose mesh the head was given, None while it has the capture's own
    PHOTO and MERGED
        residual: root mean square distance of the vertices from the pose that was fitted to them, pixels
        scale: pixels per millimetre
        landmarks: (68, 3) float64, local space, metres, iBUG order
        model, engine: names of the network and of what ran it, empty if unknown
    PHOTO
        frame: index from 0 if the source is a movie
        moves: "head" or "camera", whichever carries the pose
        metre: Blender units per metre when the head was made; None, for 1, in files of earlier versions
        box: left, top, right, bottom of the face, pixels
        expressions: name -> weight, 0 to 1; None if the network does not estimate them
        gaze: (2, 2) float32, radians, see face.CapturedFace; None if the network does not estimate it
        place, pins, mirrored: the user's corrections, see corrections.Corrections
        first_place: the box that the network found by itself, once the face was captured again
    MERGED
        sources: paths of all photos
    PERFORMANCE
        performance: how the motion is kept, see data.bake.BakeResult
        person: number of the person in the clip, by falling screen time
        frames: first and last frame in the scene
        tracked: share of the frames in which the face was tracked, 0 to 1
        error_mm: largest distance of a vertex from the captured surface, millimetres
        bake: how it was baked, see data.bake_record; fixes, clip_time: see clip_fixes
        landmark_vertices: the vertices (68,) that are its landmarks, of so many vertices: vertex_count
    """

    kind: HeadKind
    source: str
    image_size: tuple[int, int]
    confidence: float
    topology: str | None = None
    residual: float | None = None
    scale: float | None = None
    lens: str | None = None
    landmarks: np.ndarray | None = None
    model: str | None = None
    engine: str | None = None
    frame: int | None = None
    moves: str | None = None
    metre: float | None = None
    box: tuple[float, ...] | None = None
    expressions: dict[str, float] | None = None
    gaze: np.ndarray | None = None
    place: tuple[float, ...] | None = None
    pins: dict[int, tuple[float, float]] | None = None
    mirrored: bool | None = None
    first_place: tuple[float, ...] | None = None
    sources: tuple[str, ...] | None = None
    performance: str | None = None
    person: int | None = None
    frames: tuple[int, int] | None = None
    tracked: float | None = None
    error_mm: float | None = None
    bake: str | None = None
    fixes: str | None = None
    clip_time: list[float] | None = None
    landmark_vertices: list[int] | None = None
    vertex_count: int | None = None

    @staticmethod
    def of(head: bpy.types.Object) -> "HeadProperties":
        """Read the properties of an object of which `kind_of` says that it is a head."""
        values = {name: read_property(head, name) for name in _NAMES}
        return HeadProperties(**{**values, "kind": kind_of(head)})

    def write(self, head: bpy.types.Object) -> None:
        """Write all properties into `head`."""
        change_properties(head, **{name: getattr(self, name) for name in _NAMES})


def read_property(head: bpy.types.Object, name: str):
    """Return one field of HeadProperties; None if `head` lacks it. It is much faster than to read all of them."""
    value = head.get(PREFIX + name)
    return value if value is None else _FROM_BLENDER.get(name, lambda same: same)(value)


def change_properties(head: bpy.types.Object, **changes) -> None:
    """Write these fields of HeadProperties into `head`; None removes one."""
    for name, value in changes.items():
        if value is not None:
            head[PREFIX + name] = _TO_BLENDER.get(name, lambda same: same)(value)
        elif PREFIX + name in head:
            del head[PREFIX + name]


def kind_of(thing: bpy.types.Object | None) -> HeadKind | None:
    """Return the kind of head that `thing` is; None if it is no head, or if the user has removed needed properties.

    Files of earlier versions do not store the kind; it follows from which properties there are.
    """
    if thing is None:
        return None
    stored = thing.get(f"{PREFIX}kind")
    for kind, needed in _NEEDED.items():
        if stored in (None, kind) and all(PREFIX + name in thing for name in needed):
            return kind
    return None


_NAMES = tuple(field.name for field in fields(HeadProperties))
_OF_ALL = ("source", "image_size", "confidence")
_OF_PHOTOS = (*_OF_ALL, "residual", "scale", "landmarks", "model", "engine")
_NEEDED = {  # the properties without which a head is not of a kind; a head that has those of two is of the first
    HeadKind.PERFORMANCE: (*_OF_ALL, "performance", "person", "frames", "tracked", "error_mm"),
    HeadKind.PHOTO: (*_OF_PHOTOS, "frame", "box"),
    HeadKind.MERGED: (*_OF_PHOTOS, "sources"),
}


def _read_pins(flat) -> dict[int, tuple[float, float]]:
    """Return landmark -> x, y from number, x, y of each pin in turn."""
    return {int(number): (x, y) for number, x, y in np.array(flat).reshape(-1, 3).tolist()}


def _write_pins(pins) -> list[float]:
    return [float(value) for number, place in pins.items() for value in (number, *place)]


# Blender keeps numbers, strings, flat arrays and dictionaries; these fields are something else.
_FROM_BLENDER = {
    **dict.fromkeys(("image_size", "box", "place", "first_place", "sources", "frames"), tuple),
    "landmarks": lambda flat: np.array(flat, np.float64).reshape(-1, 3),
    "gaze": lambda flat: np.array(flat, np.float32).reshape(-1, 2),
    "expressions": lambda group: group.to_dict(),
    "pins": _read_pins,
    "mirrored": bool,
}
_TO_BLENDER = {
    **dict.fromkeys(("image_size", "box", "place", "first_place", "sources", "frames"), list),
    "landmarks": lambda points: points.ravel().tolist(),
    "gaze": lambda angles: angles.ravel().tolist(),
    "pins": _write_pins,
    "kind": str,
}
