# SPDX-License-Identifier: GPL-3.0-or-later
"""One head out of several photos of a person: at rest, with a camera for every photo, and a shape key for the
expression that it has there.
"""

from pathlib import Path

import bpy
import numpy as np

from ..data.coordinates import local_from_canonical, view_of
from ..data.merged_head import MergedHead
from ..interface import printable
from .camera import build_camera
from .head import build_head
from .head_properties import RIGHT_EDGE, HeadKind, HeadProperties
from .layout import free_place
from .measures import colour_by, write_measures
from .photo import load_photo


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
