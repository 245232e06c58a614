# SPDX-License-Identifier: GPL-3.0-or-later
"""The scene's rate and range of frames."""

from fractions import Fraction

import bpy

RATE_BASE = 1001  # of television's rates, such as 30000/1001


def scene_rate(scene: bpy.types.Scene) -> float:
    """Return the scene's frames per second."""
    return scene.render.fps / scene.render.fps_base


def is_still(scene: bpy.types.Scene) -> bool:
    """Tell whether nothing depends on the scene's rate yet: no strip, nothing animated."""
    editor = scene.sequence_editor
    strips = editor and (editor.strips if hasattr(editor, "strips") else editor.sequences)
    things = [*scene.objects, *(thing.data for thing in scene.objects if thing.data)]
    keys = [thing.shape_keys for thing in things if getattr(thing, "shape_keys", None)]
    return not strips and not any(thing.animation_data and thing.animation_data.action for thing in [*things, *keys])


def take_rate(scene: bpy.types.Scene, rate: float) -> None:
    """Give the scene a clip's rate, frames per second."""
    whole = round(rate)
    exact = Fraction(rate).limit_denominator(RATE_BASE)
    scene.render.fps = max(whole, 1)
    scene.render.fps_base = float(scene.render.fps / exact) if exact > 0 else 1.0


def range_of(scene: bpy.types.Scene) -> tuple[int, int]:
    """Return the first and last frame of the scene's preview range; of its whole range without one."""
    if scene.use_preview_range:
        return scene.frame_preview_start, scene.frame_preview_end
    return scene.frame_start, scene.frame_end
