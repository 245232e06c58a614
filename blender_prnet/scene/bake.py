# SPDX-License-Identifier: GPL-3.0-or-later
"""From a performance to a collection: a head that plays it, its camera, the clip behind it.

First the slow part, `prepare`, without bpy, so that it can run beside the window; then `build`, at once.
"""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import bpy
import numpy as np

from ..data.coordinates import local_from_canonical
from ..data.performance import Performance, PerformanceError
from ..data.png import encode_png
from ..data.shapes import Shapes, arkit_shapes, compact_shapes, frame_shapes
from ..data.sources import Take
from ..data.timing import Keys
from ..interface import UPRIGHT
from .backdrop import load_clip, play_backdrop
from .camera import build_camera
from .frame_textures import play_frame_textures, texture_files
from .head import build_head
from .head_properties import RIGHT_EDGE, HeadKind, HeadProperties
from .layout import free_place
from .motion import animate_motion, still_view
from .point_cache import animate_point_cache, write_point_cache
from .shape_keys import animate_shape_keys
from .strips import scene_rate

Result = Literal["frames", "compact", "arkit", "cache"]


@dataclass(frozen=True)
class BakeOptions:
    """result: how the face's motion is kept; keys: of the compact result; frame_limit: of a key per frame;
    moves: what carries the head's motion; caches: the folder for PC2 files.
    """

    result: Result
    keys: int
    frame_limit: int
    moves: Literal["head", "camera"]
    caches: Path


@dataclass(frozen=True)
class Prepared:
    """A performance with its shapes, or with the PC2 file that holds them."""

    performance: Performance
    shapes: Shapes | None = None
    point_cache: Path | None = None

    @property
    def error_mm(self) -> float:
        return self.shapes.error_mm if self.shapes else self.performance.error_mm


def prepare(performance: Performance, options: BakeOptions) -> Prepared:
    """Raises PerformanceError."""
    if performance.textures and not texture_files(performance):
        raise PerformanceError(f"there are no textures of {performance.clip} in {performance.textures}. Bake it again")
    if options.result == "cache":
        path = unused(options.caches / f"{_name(performance)}.pc2")
        write_point_cache(performance, path)
        return Prepared(performance, point_cache=path)
    shapes = {
        "compact": lambda: compact_shapes(performance, options.keys),
        "frames": lambda: frame_shapes(performance, options.frame_limit),
        "arkit": lambda: arkit_shapes(performance),
    }[options.result]()
    return Prepared(performance, shapes)


def build(scene: bpy.types.Scene, prepared: Prepared, take: Take, options: BakeOptions) -> bpy.types.Collection:
    """A new collection in `scene`: the head and its camera, animated. Raises PerformanceError if nothing is shown."""
    performance = prepared.performance
    keys = take.keys(performance.frame, performance.time, scene_rate(scene))
    if not len(keys.row):
        raise PerformanceError(f"none of the strips' frames of {take.clip.name} is in the performance")
    name = _name(performance)
    view = still_view(performance, 0.0)
    offset = free_place(scene, view.width)
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    collection[RIGHT_EDGE] = offset + view.width / 2
    neutral = local_from_canonical(prepared.shapes.rest if prepared.shapes else performance.neutral)
    head = build_head(name, neutral, performance.quads, performance.uv, encode_png(performance.texture), np.eye(4))
    picture = load_clip(take.clip)
    camera = build_camera(name, view, picture, UPRIGHT)
    for thing in (head, camera):
        collection.objects.link(thing)
    animate_motion(head, camera, performance, keys, options.moves, offset)
    if performance.textures:
        play_frame_textures(head, performance, keys)
    if picture:
        play_backdrop(camera, take.clip, performance, keys)
    if prepared.shapes:
        animate_shape_keys(head, neutral, prepared.shapes, keys)
    else:
        animate_point_cache(head, prepared.point_cache, keys)
    _properties(prepared, options, keys).write(head)
    return collection


def frame_range(head: bpy.types.Object) -> tuple[int, int]:
    """The first and last scene frame of the head's performance."""
    return HeadProperties.of(head).frames


def _properties(prepared: Prepared, options: BakeOptions, keys: Keys) -> HeadProperties:
    performance = prepared.performance
    return HeadProperties(
        kind=HeadKind.PERFORMANCE,
        source=performance.clip,
        image_size=performance.image_size,
        confidence=float(performance.confidence.mean()),
        performance=options.result,
        person=performance.person,
        frames=(int(np.floor(keys.time[0])), int(np.floor(keys.time[-1]))),
        tracked=float(performance.tracked.mean()),
        error_mm=prepared.error_mm,
    )


def _name(performance: Performance) -> str:
    return f"{Path(performance.clip).stem}_{performance.person}"


def unused(path: Path) -> Path:
    """`path`, with a number where another head plays that file or folder already."""
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_stem(f"{path.stem}_{number}")
    return free
