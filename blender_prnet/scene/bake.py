# SPDX-License-Identifier: GPL-3.0-or-later
"""From a performance to a collection: a head that plays it, its camera, the clip behind it."""

from dataclasses import replace

import bpy
import numpy as np

from ..data.bake import BuildOptions, PreparedPerformance
from ..data.bake_record import BakeRecord, fingerprint_of
from ..data.coordinates import local_from_canonical
from ..data.head_shape import vertex_count
from ..data.landmark_vertices import grid_landmarks, head_landmarks
from ..data.model_head import TOPOLOGIES
from ..data.performance import Performance, PerformanceError
from ..data.png import encode_png
from ..data.sources import Take
from ..data.timing import Keyframes
from ..installation import HEAD_FILE, LAYOUT_FILE
from ..interface import movie_mirror
from .backdrop import load_clip, play_backdrop
from .camera import build_camera
from .captured_state import keep_captured
from .clip_fixes import ClipTime
from .frame_textures import lay_frame_textures, play_frame_textures
from .head import build_head
from .head_properties import RIGHT_EDGE, HeadKind, HeadProperties, change_properties, read_property
from .identity import copy_identity
from .layout import free_place, units_per_metre
from .model_head import build_model_head
from .motion import animate_motion, still_placement
from .movie_time import clip_positions
from .point_cache import animate_point_cache
from .shape_keys import animate_shape_keys, animate_values
from .timeline import scene_rate


def build_performance(
    scene: bpy.types.Scene,
    prepared: PreparedPerformance,
    take: Take,
    options: BuildOptions,
    message: dict | None = None,
) -> bpy.types.Collection:
    """Build a collection in `scene` with the animated head and its camera.

    message: the track request that it is the answer to, with which the clip can be corrected; None without one

    Raises PerformanceError if the take shows none of the performance's frames.
    """
    performance = prepared.performance
    positions = clip_positions(take.clip, performance)
    keys = take.keys(positions, performance.time, scene_rate(scene))
    if not len(keys.row):
        raise PerformanceError(f"none of the strips' frames of {take.clip.name} is in the performance")
    name = performance.name
    metre = units_per_metre(scene)
    width = still_placement(performance, 0.0, metre).width
    placement = still_placement(performance, free_place(scene, width), metre)
    collection = bpy.data.collections.new(name)
    scene.collection.children.link(collection)
    collection[RIGHT_EDGE] = placement.offset + width / 2
    if options.identity:
        head = copy_identity(name, options.identity)
    elif prepared.model_head:
        head = build_model_head(name, prepared.model_head)
    else:
        neutral = local_from_canonical(prepared.shapes.rest if prepared.shapes else performance.neutral)
        head = build_head(name, neutral, performance.quads, performance.uv, encode_png(performance.texture), np.eye(4))
    picture = load_clip(take.clip)
    camera = build_camera(name, placement, picture, movie_mirror(take.clip.paths[0]))
    for thing in (head, camera):
        collection.objects.link(thing)
    animate_motion(head, camera, performance, keys, options.moves, placement)
    if picture:
        play_backdrop(camera, take.clip, positions, keys)
    if options.identity or prepared.model_head:
        animate_weights(head, prepared, keys)
    elif prepared.shapes:
        animate_shape_keys(head, neutral, prepared.shapes, keys)
    else:
        animate_point_cache(head, prepared.point_cache, keys)
    if not options.identity:  # which keeps how it was captured itself
        keep_captured(head)
        if performance.textures:
            (lay_frame_textures if prepared.model_head else play_frame_textures)(head, performance, keys)
    name_takes(name, head, camera)
    properties = _properties(prepared, options, keys)
    if options.identity:
        properties = replace(properties, topology=read_property(head, "topology"), model=read_property(head, "model"))
    properties.write(head)
    keep_clip(head, performance, keys)
    change_properties(head, **landmark_properties(head, prepared))
    if message:
        record = BakeRecord(take, message, options, placement, fingerprint_of(take.clip))
        change_properties(head, bake=record.to_json())
    return collection


def keep_clip(head: bpy.types.Object, performance: Performance, keys: Keyframes) -> None:
    """Store with a head which frame of the clip it shows when, and how well the face was seen there."""
    confidence = np.where(performance.tracked, performance.confidence, 0)[keys.row]
    ClipTime(keys.time, performance.frame[keys.row], confidence).keep(head)


def landmark_properties(head: bpy.types.Object, prepared: PreparedPerformance) -> dict:
    """Return the fields of HeadProperties that say which vertices of a new head are its landmarks."""
    if len(head.data.vertices) == len(prepared.performance.uv):
        vertices = grid_landmarks(prepared.performance.uv, LAYOUT_FILE)
    elif len(head.data.vertices) == vertex_count(HEAD_FILE):
        vertices = head_landmarks(HEAD_FILE, LAYOUT_FILE)
    else:
        return {}
    return {"landmark_vertices": vertices.tolist(), "vertex_count": len(head.data.vertices)}


def animate_weights(head: bpy.types.Object, prepared: PreparedPerformance, keys: Keyframes) -> None:
    """Animate the keys of a head that have names of ARKit's blendshapes."""
    blocks = head.data.shape_keys.key_blocks if head.data.shape_keys else {}
    names = [name for name in prepared.performance.arkit_names if name in blocks]
    animate_values(head, names, prepared.values(names), keys)


def name_takes(name: str, head: bpy.types.Object, camera: bpy.types.Object) -> None:
    """Name the actions of a new performance after its clip and what they move, to be told apart as takes."""
    parts = {"face": head.data.shape_keys, "motion": head, "camera": camera}
    for part, datablock in parts.items():
        animation = datablock.animation_data if datablock else None
        if animation and animation.action:
            animation.action.name = f"{name} {part}"


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
        frames=keys.frames,
        tracked=float(performance.tracked.mean()),
        error_mm=prepared.error_mm,
        lens=performance.lens or None,
    )
