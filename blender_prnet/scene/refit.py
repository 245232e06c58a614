# SPDX-License-Identifier: GPL-3.0-or-later
"""Gives a baked head the performance of the same clip after corrections. Its place, camera and materials stay."""

import bpy
import numpy as np

from ..data.bake import PreparedPerformance
from ..data.bake_record import BakeRecord
from ..data.coordinates import local_from_canonical
from ..data.gain import GROUPS
from ..data.performance import PerformanceError
from .bake import animate_weights, keep_clip
from .camera import camera_of
from .gain import face_action, rescale, turning_action
from .head_properties import HeadKind, change_properties, kind_of
from .motion import animate_motion
from .movie_time import clip_positions
from .paths import stored_path
from .shape_keys import animate_shape_keys
from .timeline import scene_rate


def refit(scene: bpy.types.Scene, head: bpy.types.Object, prepared: PreparedPerformance, record: BakeRecord) -> str:
    """Animate a head by a performance, and return what could not be changed, in words; "" for nothing.

    Raises PerformanceError if the user has removed or changed what this needs.
    """
    camera = camera_of(head)
    if kind_of(head) is not HeadKind.PERFORMANCE or head.type != "MESH" or camera is None:
        raise PerformanceError(f"{head.name} has no camera with its clip any more. Bake the clip again")
    if head.data.is_editmode:
        raise PerformanceError(f"{head.name} is being edited. Leave Edit Mode, and refine it again")
    performance = prepared.performance
    keys = record.take.keys(clip_positions(record.take.clip, performance), performance.time, scene_rate(scene))
    if not len(keys.row):
        raise PerformanceError(f"none of the frames of {head.name} is in the performance")
    animate_motion(head, camera, performance, keys, record.options.moves, record.placement)
    left = _act(head, prepared, record, keys)
    if turning := turning_action(head):
        rescale(turning)
    keep_clip(head, performance, keys)
    change_properties(
        head,
        confidence=float(performance.confidence.mean()),
        tracked=float(performance.tracked.mean()),
        error_mm=prepared.error_mm,
    )
    return left


def _act(head, prepared, record, keys) -> str:
    """Animate the head's face, and return what could not be changed."""
    if prepared.model_head or record.options.identity:
        animate_weights(head, prepared, keys)
        if face := face_action(head):
            rescale(face)
        wanted = prepared.model_head.shapes if prepared.model_head else ()
        gone = len(set(wanted) - set(head.data.shape_keys.key_blocks.keys() if head.data.shape_keys else ()))
        return f"{head.name}: {gone} of its keys are gone; the others follow" if gone else ""
    if prepared.point_cache:
        cache = next((modifier for modifier in head.modifiers if modifier.type == "MESH_CACHE"), None)
        if cache is None:
            return f"{head.name} has no Mesh Cache modifier any more; only its motion follows"
        cache.filepath = stored_path(prepared.point_cache)
        return ""
    rest = local_from_canonical(prepared.shapes.rest)
    if len(head.data.vertices) != len(rest):
        return f"{head.name} has other vertices than the bake, so that only its motion follows, not its face"
    gain = {name: getattr(action.prnet_gain, name) for name in GROUPS} if (action := face_action(head)) else {}
    head.shape_key_clear()
    head.data.attributes["position"].data.foreach_set("vector", np.ascontiguousarray(rest, np.float32).ravel())
    head.data.update()
    animate_shape_keys(head, rest, prepared.shapes, keys)
    if new := face_action(head):
        for name, value in gain.items():
            setattr(new.prnet_gain, name, value)
    return ""
