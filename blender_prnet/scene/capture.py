# SPDX-License-Identifier: GPL-3.0-or-later
"""From captured faces to collections: per face the head, its camera and what is known about it.

The photos of a scene stand side by side along x, so that no camera sees another photo's heads. The faces of one photo
share its camera's place and its metres per pixel; the first, which is the largest, is life-size, and the objects of the
others are scaled as the photo shows them. Each face has a camera of its own, so that its collection can be deleted or
moved alone.
"""

from pathlib import Path

import bpy

from .camera import build_camera
from .coordinates import View, local_vertices, view_of
from .face import Face
from .head import build_head
from .orientation import UPRIGHT, Orientation, read_orientation

RIGHT_EDGE = "prnet_right_edge"  # on a face's collection: where its photo ends along x, in metres


class SceneBuilder:
    """Adds the faces of one capture to a scene. Keeps no Blender data between calls, which an undo would invalidate.

    moves: "head" or "camera", see coordinates.view_of. image_names: path -> name of a bpy image that shows the photo,
    for photos that are not files of their own.
    """

    def __init__(self, moves: str, image_names: dict[str, str] | None = None):
        self._moves = moves
        self._image_names = image_names or {}
        self._views: dict[str, View] = {}

    def add(self, scene: bpy.types.Scene, face: Face) -> bpy.types.Collection:
        """Build one Face (faces of a photo come with falling size) and return its collection."""
        view = self._views.get(face.path)
        if view is None:
            view = self._views[face.path] = self._place(scene, face)
        photo, orientation = self._photo(face.path)
        name = _name(photo, face)
        collection = bpy.data.collections.new(name)
        scene.collection.children.link(collection)
        collection[RIGHT_EDGE] = view.offset + view.width / 2
        vertices = local_vertices(face.vertices, face.pose)
        head = build_head(name, vertices, face.quads, face.uv, face.texture, view.head_matrix(face.pose))
        camera = build_camera(name, view, photo, orientation)
        for thing in (head, camera):
            collection.objects.link(thing)
        _describe(head, face, photo)
        return collection

    def _place(self, scene: bpy.types.Scene, face: Face) -> View:
        view = view_of(face.pose, face.image_size, self._moves)
        return view_of(face.pose, face.image_size, self._moves, free_place(scene, view.width))

    def _photo(self, path: str) -> tuple[bpy.types.Image, Orientation]:
        if path in self._image_names:
            return bpy.data.images[self._image_names[path]], UPRIGHT
        return bpy.data.images.load(path, check_existing=True), read_orientation(path)


def free_place(scene: bpy.types.Scene, width: float) -> float:
    """Where along x the middle of the next photo, `width` metres wide, stands clear of those in the scene."""
    edges = [child[RIGHT_EDGE] for child in scene.collection.children_recursive if RIGHT_EDGE in child]
    return max(edges) + width / 2 if edges else 0.0


def head_of(collection: bpy.types.Collection) -> bpy.types.Object:
    return next(thing for thing in collection.objects if thing.type == "MESH")


def camera_of(collection: bpy.types.Collection) -> bpy.types.Object:
    return next(thing for thing in collection.objects if thing.type == "CAMERA")


def _name(photo: bpy.types.Image, face: Face) -> str:
    stem = Path(photo.filepath or photo.name).stem
    return f"{stem}_{face.index}"


def _describe(head: bpy.types.Object, face: Face, photo: bpy.types.Image) -> None:
    """Custom properties: what the user may want to know or use later."""
    head["prnet_source"] = photo.filepath or photo.name
    head["prnet_frame"] = face.frame
    head["prnet_image_size"] = list(face.image_size)
    head["prnet_box"] = list(face.box)
    head["prnet_confidence"] = face.confidence
    head["prnet_residual"] = face.residual
    head["prnet_model"] = face.model
    head["prnet_engine"] = face.engine
