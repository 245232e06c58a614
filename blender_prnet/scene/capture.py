# SPDX-License-Identifier: GPL-3.0-or-later
"""From captured faces to collections: per face the head, its camera and what is known about it.

The photos of a scene stand apart, so that no camera sees another photo's heads. The faces of one photo share its place.
Before a camera with the photo's lens all are life-size, each at its distance; before an orthographic one the first
face, which is the largest, is life-size, and the others have the size in which the photo shows them. If each face has a
collection of its own it has a camera of its own too, so that the collection can be deleted or moved alone.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import bpy
import numpy as np

from ..data.coordinates import PhotoPlacement, local_vertices, place_photo
from ..data.face import CapturedFace
from ..interface import UPRIGHT, Orientation, printable
from .camera import build_camera, camera_of, see_depth
from .head import build_head, build_texture
from .head_properties import RIGHT_EDGE, HeadKind, HeadProperties
from .layout import Layout, free_edge, units_per_metre
from .measures import colour_by, write_measures
from .photo import load_photo


@dataclass
class _Photo:
    """What the faces of one photo share. The collection is kept by its name, since an undo invalidates Blender data."""

    placement: PhotoPlacement
    right: float  # where photo and heads end along x, Blender units
    collection: str = ""


class SceneBuilder:
    """Adds the faces of one capture to a scene. It keeps no Blender data between calls, only names.

    moves: "head" or "camera", see coordinates.place_photo
    image_names: path -> name of a Blender image that shows the photo, for photos that are not files of their own
    layout: where the photos stand
    one_per: whether each face has a collection of its own or all faces of a photo share one
    colours: see measures.colour_by
    """

    def __init__(
        self,
        moves: str,
        image_names: dict[str, str] | None = None,
        layout: Layout | None = None,
        one_per: Literal["face", "photo"] = "face",
        colours: str = "texture",
    ):
        self._moves = moves
        self._image_names = dict(image_names or {})
        self._layout = layout
        self._one_per = one_per
        self._colours = colours
        self._photos: dict[str, _Photo] = {}
        self._last: tuple[str, CapturedFace] | None = None
        self.head_name = ""  # of the last head

    def add(
        self, scene: bpy.types.Scene, face: CapturedFace, parent: bpy.types.Collection | None = None
    ) -> bpy.types.Collection:
        """Build one face and return its collection, a child of `parent`. Call it with the largest of a photo first."""
        if face.path not in self._photos:
            self.place(scene, [face])
        photo = self._photos[face.path]
        if face.photo:
            self._image_names[face.path] = build_texture(Path(printable(face.path)).name, face.photo).name
        picture, orientation = self._picture(face.path)
        stem = Path(self._image_names.get(face.path, printable(face.path))).stem
        name = f"{stem}_{face.index}"
        vertices = local_vertices(face.vertices, face.pose)
        head = build_head(
            *(name, vertices, face.quads, face.uv, face.texture, photo.placement.head_matrix(face.pose)),
            like=self._like(face),
        )
        self._last, self.head_name = (head.data.name, face), head.name
        write_measures(head.data, face.measures)
        HeadProperties(
            kind=HeadKind.PHOTO,
            source=(picture.filepath or picture.name) if picture else printable(face.path),
            frame=face.frame,
            moves=self._moves,
            metre=photo.placement.metre,
            **properties_of(face),
        ).write(head)
        colour_by(head, self._colours)
        collection = bpy.data.collections.get(photo.collection) if self._one_per == "photo" else None
        if collection:
            collection.objects.link(head)
            if camera := camera_of(head):
                see_depth(camera.data, photo.placement.depth_of(face.pose), photo.placement.metre)
            return collection
        name = stem if self._one_per == "photo" else name
        collection = bpy.data.collections.new(name)
        photo.collection = collection.name
        collection[RIGHT_EDGE] = photo.right
        camera = build_camera(name, photo.placement, picture, orientation)
        see_depth(camera.data, photo.placement.depth_of(face.pose), photo.placement.metre)
        for thing in (head, camera):
            collection.objects.link(thing)
        (parent or scene.collection).children.link(collection)  # last, so that the scene is updated once
        return collection

    def place(self, scene: bpy.types.Scene, faces: Sequence[CapturedFace]) -> None:
        """Choose the place of a photo by its faces, the largest first; `add` does so by the face that comes first."""
        first = faces[0]
        if first.path in self._photos:
            return
        if self._layout is None:
            self._layout = Layout(left=free_edge(scene))
        fixed = {"moves": self._moves, "metre": units_per_metre(scene)}
        at_origin = place_photo(first.pose, first.image_size, **fixed)
        low, high = self._layout.extent(at_origin, [face.pose for face in faces])
        x, z = self._layout.place(*(high - low))
        offset, rise = (x, z) - (low + high) / 2
        placement = place_photo(first.pose, first.image_size, offset, rise, **fixed)
        self._photos[first.path] = _Photo(placement, right=x + (high - low)[0] / 2)

    def _like(self, face: CapturedFace) -> bpy.types.Mesh | None:
        """Return the last head's mesh if it has the topology of `face`; None otherwise.

        The arrays are compared, not the meshes: to read a mesh's arrays would copy those that meshes share.
        """
        if self._last is None:
            return None
        name, last = self._last
        mesh = bpy.data.meshes.get(name)
        if mesh is None or (len(mesh.vertices), len(mesh.polygons)) != (len(face.vertices), len(face.quads)):
            return None  # the user may have deleted or edited it meanwhile
        return mesh if np.array_equal(last.quads, face.quads) and np.array_equal(last.uv, face.uv) else None

    def _picture(self, path: str) -> tuple[bpy.types.Image | None, Orientation]:
        if path in self._image_names:
            return bpy.data.images.get(self._image_names[path]), UPRIGHT  # None: deleted meanwhile
        return load_photo(path)


def properties_of(face: CapturedFace) -> dict:
    """Return the fields of HeadProperties that follow from the capture alone."""
    return {
        "image_size": face.image_size,
        "box": face.box,
        "confidence": face.confidence,
        "residual": face.residual,
        "scale": face.pose.scale,
        "lens": face.lens or None,
        "landmarks": local_vertices(face.landmarks, face.pose),
        "expressions": face.expressions or None,
        "gaze": face.gaze if face.gaze.size else None,
        "model": face.model,
        "engine": face.engine,
    }
