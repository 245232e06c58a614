# SPDX-License-Identifier: GPL-3.0-or-later
"""From captured faces to collections: per face the head, its camera and what is known about it.

The photos of a scene stand apart, so that no camera sees another photo's heads. The faces of one photo share its
camera's place and its metres per pixel; the first, which is the largest, is life-size, and the objects of the others
are scaled as the photo shows them. Where each face has a collection it has a camera of its own too, so that the
collection can be deleted or moved alone.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import bpy
import numpy as np

from ..data.coordinates import View, local_vertices, view_of
from ..data.face import Face
from ..interface import UPRIGHT, Orientation, printable
from .camera import build_camera
from .head import build_head
from .head_properties import RIGHT_EDGE, HeadKind, HeadProperties
from .layout import Layout, free_edge
from .measures import colour_by, write_measures
from .photo import load_photo


@dataclass
class _Photo:
    """What the faces of one photo share. Names, not Blender data, which an undo would invalidate."""

    view: View
    collection: str = ""


class SceneBuilder:
    """Adds the faces of one capture to a scene. Keeps no Blender data between calls.

    moves: "head" or "camera", see coordinates.view_of; layout: where the photos stand; one_per: whether each face has a
    collection or all of a photo are in one; image_names: path -> name of a bpy image that shows the photo, for photos
    that are not files of their own; colours: see measures.colour_by.
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
        self._image_names = image_names or {}
        self._layout = layout
        self._one_per = one_per
        self._colours = colours
        self._photos: dict[str, _Photo] = {}
        self._last: tuple[str, Face] | None = None
        self.head_name = ""  # of the last head

    def add(
        self, scene: bpy.types.Scene, face: Face, parent: bpy.types.Collection | None = None
    ) -> bpy.types.Collection:
        """Build one Face (faces of a photo come with falling size) and return its collection, a child of `parent`."""
        photo = self._photos.get(face.path)
        if photo is None:
            photo = self._photos[face.path] = _Photo(self._place(scene, face))
        picture, orientation = self._picture(face.path)
        stem = Path(self._image_names.get(face.path, printable(face.path))).stem
        name = f"{stem}_{face.index}"
        vertices = local_vertices(face.vertices, face.pose)
        head = build_head(
            *(name, vertices, face.quads, face.uv, face.texture, photo.view.head_matrix(face.pose)),
            like=self._like(face),
        )
        self._last, self.head_name = (head.data.name, face), head.name
        write_measures(head.data, face.measures)
        HeadProperties(
            kind=HeadKind.PHOTO,
            source=(picture.filepath or picture.name) if picture else printable(face.path),
            frame=face.frame,
            moves=self._moves,
            **properties_of(face),
        ).write(head)
        colour_by(head, self._colours)
        collection = bpy.data.collections.get(photo.collection) if self._one_per == "photo" else None
        if collection:
            collection.objects.link(head)
            return collection
        name = stem if self._one_per == "photo" else name
        collection = bpy.data.collections.new(name)
        photo.collection = collection.name
        collection[RIGHT_EDGE] = photo.view.offset + photo.view.width / 2
        for thing in (head, build_camera(name, photo.view, picture, orientation)):
            collection.objects.link(thing)
        (parent or scene.collection).children.link(collection)  # last: the scene takes note once
        return collection

    def _like(self, face: Face) -> bpy.types.Mesh | None:
        """The last head's mesh if it is of the same topology. Told by the arrays: to read the mesh's unshares them."""
        if self._last is None:
            return None
        name, last = self._last
        mesh = bpy.data.meshes.get(name)
        if mesh is None or (len(mesh.vertices), len(mesh.polygons)) != (len(face.vertices), len(face.quads)):
            return None  # the user may have deleted or edited it meanwhile
        return mesh if np.array_equal(last.quads, face.quads) and np.array_equal(last.uv, face.uv) else None

    def _place(self, scene: bpy.types.Scene, face: Face) -> View:
        if self._layout is None:
            self._layout = Layout(left=free_edge(scene))
        view = view_of(face.pose, face.image_size, self._moves)
        return view_of(face.pose, face.image_size, self._moves, *self._layout.place(view.width, view.height))

    def _picture(self, path: str) -> tuple[bpy.types.Image | None, Orientation]:
        if path in self._image_names:
            return bpy.data.images[self._image_names[path]], UPRIGHT
        return load_photo(path)


def properties_of(face: Face) -> dict:
    """Return the fields of HeadProperties that follow from the capture alone."""
    return {
        "image_size": face.image_size,
        "box": face.box,
        "confidence": face.confidence,
        "residual": face.residual,
        "scale": face.pose.scale,
        "landmarks": local_vertices(face.landmarks, face.pose),
        "expressions": face.expressions or None,
        "gaze": face.gaze if face.gaze.size else None,
        "model": face.model,
        "engine": face.engine,
    }
