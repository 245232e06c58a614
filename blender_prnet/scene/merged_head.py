# SPDX-License-Identifier: GPL-3.0-or-later
"""One head from several pictures of a person: at rest, with a camera and a shape key for every photo or frame."""

from collections.abc import Sequence
from itertools import takewhile
from pathlib import Path

import bpy
import numpy as np
from bpy.app.translations import pgettext_tip as tip_

from ..data.coordinates import local_from_canonical, place_photo
from ..data.merged_head import MergedHead
from ..data.model_head import ModelHead
from ..interface import printable
from .camera import build_camera
from .head import build_head
from .head_properties import (
    RIGHT_EDGE,
    VIEW_FRAME,
    VIEW_KEY,
    VIEW_PATH,
    VIEW_SIZE,
    VIEW_WEIGHT,
    HeadKind,
    HeadProperties,
)
from .image_time import hold_frame
from .layout import free_place, units_per_metre
from .measures import colour_by, write_measures
from .model_head import put_on_model
from .photo import load_photo
from .shape_keys import add_shape_key

SHORTEST_NAME = 3  # letters


def build_merged_head(
    scene: bpy.types.Scene, merged: MergedHead, colours: str, model_head: ModelHead | None = None
) -> bpy.types.Collection:
    """Build a collection in `scene` with the head, upright and at rest, and a camera where each photo was taken.

    model_head: the same head on a head model's mesh, which it gets then
    """
    metre = units_per_metre(scene)
    photos = list(zip(merged.poses, merged.image_sizes, strict=True))
    width = max(place_photo(pose, size, moves="camera", metre=metre).width for pose, size in photos)
    offset = free_place(scene, width)
    placements = [place_photo(pose, size, offset, moves="camera", metre=metre) for pose, size in photos]
    stems = [_stem(*picture) for picture in zip(merged.paths, merged.frames, strict=True)]
    name = person_of(merged.paths)
    rest = local_from_canonical(merged.vertices)
    matrix = np.diag([metre, metre, metre, 1.0])
    matrix[0, 3] = offset
    head = build_head(name, rest, merged.quads, merged.uv, merged.texture, matrix)
    _properties(merged).write(head)
    if model_head:
        put_on_model(head, model_head)
        measures = {"uncertainty": model_head.uncertainty}
        keys = _add_expressions(head, model_head.views, stems)
    else:
        keys = _add_expressions(head, merged.view_vertices, stems)
        measures = {"visibility": merged.visibility, "uncertainty": merged.uncertainty}
    # The attribute is in pixels of the photo, as a capture's.
    write_measures(head.data, measures | {"uncertainty": measures["uncertainty"] * merged.poses[0].scale})
    colour_by(head, colours)
    collection = bpy.data.collections.new(name)
    collection[RIGHT_EDGE] = offset + width / 2
    collection.objects.link(head)
    pictures = zip(stems, merged.paths, merged.frames, placements, merged.image_sizes, keys, strict=True)
    for stem, path, frame, placement, size, key in pictures:
        picture, orientation = load_photo(path)
        camera = build_camera(stem, placement, picture, orientation)
        if frame is not None and picture:
            hold_frame(camera.data.background_images[0].image_user, frame)
        camera[VIEW_KEY], camera[VIEW_SIZE] = key, size
        camera[VIEW_PATH], camera[VIEW_FRAME] = printable(path), -1 if frame is None else frame
        _add_weight(camera)
        collection.objects.link(camera)
    scene.collection.children.link(collection)
    return collection


def person_of(paths: Sequence[str]) -> str:
    """Return a name for the head of these photos: what their files' names begin with alike, or else their folder's."""
    stems = [Path(printable(path)).stem for path in paths]
    same = takewhile(lambda letters: len(set(letters)) == 1, zip(*stems, strict=False))
    alike = "".join(letters[0] for letters in same).rstrip("0123456789 _-.(")
    if len(alike) >= SHORTEST_NAME:
        return alike
    return Path(printable(paths[0])).parent.name or stems[0]


def views_of(head: bpy.types.Object) -> list[bpy.types.Object]:
    """Return the cameras of a merged head's photos."""
    things = [thing for collection in head.users_collection for thing in collection.objects]
    return [thing for thing in things if VIEW_KEY in thing]


def show_view(head: bpy.types.Object, camera: bpy.types.Object | None) -> None:
    """Give a merged head the expression of the photo that `camera` shows; None puts it at rest."""
    keys = head.data.shape_keys.key_blocks if head.data.shape_keys else {}
    for view in views_of(head):
        if key := keys.get(view[VIEW_KEY]):  # the user may have removed it
            key.value = float(view == camera)


def textured_views_of(head: bpy.types.Object) -> list[bpy.types.Object]:
    """Return the cameras of a merged head that know their picture and its weight; earlier versions made others."""
    return [view for view in views_of(head) if VIEW_WEIGHT in view]


def _add_weight(camera):
    camera[VIEW_WEIGHT] = 1.0
    camera.id_properties_ui(VIEW_WEIGHT).update(
        min=0.0, max=1.0, default=1.0, description=tip_("How much this picture counts in the texture; 0 leaves it out")
    )


def _stem(path: str, frame: int | None) -> str:
    """Return what a picture's camera and shape key are called."""
    stem = Path(printable(path)).stem
    return stem if frame is None else f"{stem} {frame:04d}"


def _add_expressions(head, views, stems) -> list[str]:
    """Add a shape key per photo, and return their names. At 1, the head has the expression of the photo and covers it
    in its camera. views: (P, V, 3) float32, canonical millimetres."""
    if not head.data.shape_keys:
        head.shape_key_add(name="Basis", from_mix=False)
    keys = [add_shape_key(head, stem, local_from_canonical(view)) for stem, view in zip(stems, views, strict=True)]
    head.data.shape_keys.name = f"{head.name} keys"
    return [key.name for key in keys]


def _properties(merged: MergedHead) -> HeadProperties:
    return HeadProperties(
        kind=HeadKind.MERGED,
        source=printable(merged.paths[0]),
        sources=tuple(printable(path) for path in merged.paths),
        frame=merged.frames[0],
        image_size=merged.image_sizes[0],
        confidence=float(merged.confidence.mean()),
        residual=merged.residual(0),
        scale=merged.poses[0].scale,
        landmarks=local_from_canonical(merged.landmarks),
        model=merged.model,
        engine=merged.engine,
    )
