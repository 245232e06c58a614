# SPDX-License-Identifier: GPL-3.0-or-later
"""From a performance to a collection: a head that plays it, its camera, the clip behind it."""

import bpy
import numpy as np

from ..data.bake import BuildOptions, PreparedPerformance
from ..data.coordinates import local_from_canonical
from ..data.model_head import TOPOLOGIES
from ..data.performance import PerformanceError
from ..data.png import encode_png
from ..data.sources import Take
from ..data.timing import Keyframes
from ..interface import UPRIGHT
from .backdrop import load_clip, play_backdrop
from .camera import build_camera
from .captured_state import keep_captured
from .frame_textures import play_frame_textures
from .head import build_head
from .head_properties import RIGHT_EDGE, HeadKind, HeadProperties
from .layout import free_place, units_per_metre
from .model_head import build_model_head
from .motion import animate_motion, still_placement
from .point_cache import animate_point_cache
from .shape_keys import animate_shape_keys, animate_values
from .timeline import scene_rate


def build_performance(
    scene: bpy.types.Scene, prepared: PreparedPerformance, take: Take, options: BuildOptions
) -> bpy.types.Collection:
    """Build a collection in `scene` with the animated head and its camera.

    Raises PerformanceError if the take shows none of the performance's frames.
    """
    performance = prepared.performance
    keys = take.keys(performance.frame, performance.time, scene_rate(scene))
    if not len(keys.row):
        raise PerformanceError(f"none of the strips' frames of {take.clip.name} is in the performance")
    name = performance.name
    metre = units_per_metre(scene)
    width = still_placement(performance, 0.0, metre).width
    placement = still_placement(performance, free_place(scene, width), metre)
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    collection[RIGHT_EDGE] = placement.offset + width / 2
    if prepared.model_head:
        head = build_model_head(name, prepared.model_head)
    else:
        neutral = local_from_canonical(prepared.shapes.rest if prepared.shapes else performance.neutral)
        head = build_head(name, neutral, performance.quads, performance.uv, encode_png(performance.texture), np.eye(4))
    picture = load_clip(take.clip)
    camera = build_camera(name, placement, picture, UPRIGHT)
    for thing in (head, camera):
        collection.objects.link(thing)
    animate_motion(head, camera, performance, keys, options.moves, placement)
    if performance.textures and not prepared.model_head:
        play_frame_textures(head, performance, keys)
    if picture:
        play_backdrop(camera, take.clip, performance, keys)
    if prepared.model_head:
        animate_values(head, prepared.model_head.shapes, prepared.values(), keys)
    elif prepared.shapes:
        animate_shape_keys(head, neutral, prepared.shapes, keys)
    else:
        animate_point_cache(head, prepared.point_cache, keys)
    keep_captured(head)
    _properties(prepared, options, keys).write(head)
    return collection


def frame_range(head: bpy.types.Object) -> tuple[int, int]:
    """Return the first and last scene frame of the head's performance."""
    return HeadProperties.of(head).frames


def _properties(prepared: PreparedPerformance, options: BuildOptions, keys: Keyframes) -> HeadProperties:
    performance = prepared.performance
    return HeadProperties(
        kind=HeadKind.PERFORMANCE,
        source=performance.clip,
        topology=TOPOLOGIES[prepared.model_head.topology] if prepared.model_head else None,
        image_size=performance.image_size,
        confidence=float(performance.confidence.mean()),
        performance=options.result,
        person=performance.person,
        frames=(int(np.floor(keys.time[0])), int(np.floor(keys.time[-1]))),
        tracked=float(performance.tracked.mean()),
        error_mm=prepared.error_mm,
        lens=performance.lens or None,
    )
