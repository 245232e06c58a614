# SPDX-License-Identifier: GPL-3.0-or-later
"""One head out of several photos of a person: at rest, with a camera for every photo, and a shape key for the
expression that it has there.
"""

from dataclasses import dataclass
from pathlib import Path

import bpy
import numpy as np

from ..data.coordinates import local_from_canonical, view_of
from ..data.face import Pose
from ..data.png import encode_png
from ..interface import printable
from .camera import build_camera
from .head import build_head
from .head_properties import RIGHT_EDGE, HeadKind, HeadProperties
from .layout import free_place
from .measures import colour_by, write_measures
from .photo import load_photo


@dataclass(frozen=True)
class MergedHead:
    """A `head` message of protocol.py with its arrays, V photos, the best seen first.

    vertices: (N, 3) f4, at rest, canonical; quads, uv, texture: as in face.Face; visibility: (N,) f4, in the photo that
    shows the vertex best; landmarks: (68, 3) f4 canonical; poses, image_sizes: of each photo; view_vertices:
    (V, N, 3) f4 canonical, the head as each photo shows it; confidence: (V,) f4.
    """

    paths: tuple[str, ...]
    vertices: np.ndarray
    quads: np.ndarray
    uv: np.ndarray
    texture: bytes
    visibility: np.ndarray
    landmarks: np.ndarray
    poses: tuple[Pose, ...]
    image_sizes: tuple[tuple[int, int], ...]
    view_vertices: np.ndarray
    confidence: np.ndarray
    model: str
    engine: str

    @staticmethod
    def from_message(message: dict, arrays: dict[str, np.ndarray], model: str, engine: str) -> "MergedHead":
        """What `model` has seen on `engine`. Slow enough to want a thread."""
        poses = zip(arrays["view_scale"], arrays["view_rotation"], arrays["view_translation"], strict=True)
        return MergedHead(
            paths=tuple(message["paths"]),
            vertices=arrays["vertices"],
            quads=arrays["quads"],
            uv=arrays["uv"],
            texture=encode_png(arrays["texture"]),
            visibility=arrays["visibility"],
            landmarks=arrays["landmarks68"],
            poses=tuple(
                Pose(float(scale), rotation.astype(np.float64), translation.astype(np.float64))
                for scale, rotation, translation in poses
            ),
            image_sizes=tuple((int(width), int(height)) for width, height in arrays["view_image_size"]),
            view_vertices=arrays["view_vertices"],
            confidence=arrays["view_confidence"],
            model=model,
            engine=engine,
        )

    def residual(self, view: int) -> float:
        """Root mean square distance in pixels between the head at rest and the face in photo `view`."""
        offsets = self.view_vertices[view] - self.vertices
        return float(np.sqrt((offsets**2).sum(1).mean()) * self.poses[view].scale)


def build_merged_head(scene: bpy.types.Scene, merged: MergedHead, colours: str) -> bpy.types.Collection:
    """A new collection in `scene`: the head, upright at rest, and the cameras where the photos were taken from."""
    views = [view_of(pose, size, "camera") for pose, size in zip(merged.poses, merged.image_sizes, strict=True)]
    width = max(view.width for view in views)
    offset = free_place(scene, width)
    stems = [Path(printable(path)).stem for path in merged.paths]
    name = f"{stems[0]} merged"
    rest = local_from_canonical(merged.vertices)
    matrix = np.eye(4)
    matrix[0, 3] = offset
    head = build_head(name, rest, merged.quads, merged.uv, merged.texture, matrix)
    _add_expressions(head, merged, rest, stems)
    write_measures(head.data, {"visibility": merged.visibility})
    _properties(merged).write(head)
    colour_by(head, colours)
    collection = bpy.data.collections.new(name)
    collection[RIGHT_EDGE] = offset + width / 2
    collection.objects.link(head)
    for stem, path, pose, size in zip(stems, merged.paths, merged.poses, merged.image_sizes, strict=True):
        picture, orientation = load_photo(path)
        collection.objects.link(build_camera(stem, view_of(pose, size, "camera", offset), picture, orientation))
    scene.collection.children.link(collection)
    return collection


def _add_expressions(head, merged, rest, stems):
    """A shape key per photo: at 1, the head is as that photo shows it, and covers it in the photo's camera."""
    head.shape_key_add(name="Basis", from_mix=False)
    for stem, vertices in zip(stems, merged.view_vertices, strict=True):
        key = head.shape_key_add(name=stem, from_mix=False)
        key.points.foreach_set("co", local_from_canonical(vertices).ravel())
        key.value = 0.0  # from Blender 5.0 on a new key is at 1
    head.data.shape_keys.name = f"{head.name} keys"


def _properties(merged: MergedHead) -> HeadProperties:
    return HeadProperties(
        kind=HeadKind.MERGED,
        source=printable(merged.paths[0]),
        sources=tuple(printable(path) for path in merged.paths),
        image_size=merged.image_sizes[0],
        confidence=float(merged.confidence.mean()),
        residual=merged.residual(0),
        scale=merged.poses[0].scale,
        landmarks=local_from_canonical(merged.landmarks),
        model=merged.model,
        engine=merged.engine,
    )
