# SPDX-License-Identifier: GPL-3.0-or-later
"""The movie and image strips of the sequencer as takes.

Which frame of a clip the sequencer shows when was found by rendering strips in several versions of Blender.
"""

import math
from pathlib import Path

import bpy

from ..data.sources import ClipFiles, SourceError, Take
from ..data.timing import Segment
from .timeline import scene_rate

WITH_IMAGES = {"MOVIE", "IMAGE"}


def sequencer_scene(context: bpy.types.Context) -> bpy.types.Scene:
    """Return the scene whose strips the sequencer shows. From Blender 5.0 on it can be another than the window's."""
    return getattr(context, "sequencer_scene", None) or context.scene


def selected_strips(scene: bpy.types.Scene) -> list:
    """Return the selected strips in the order of time, without muted strips and those of muted channels."""
    editor = scene.sequence_editor
    if editor is None:
        return []
    muted = {number for number, channel in enumerate(editor.channels) if channel.mute}
    strips = editor.strips if hasattr(editor, "strips") else editor.sequences  # up to Blender 4.3
    chosen = [strip for strip in strips if strip.select and not strip.mute and strip.channel not in muted]
    return sorted(chosen, key=lambda strip: strip.frame_final_start)


def takes_of_strips(scene: bpy.types.Scene) -> list[Take]:
    """Return one take per clip of the selected strips. Several strips of one clip make one performance.

    Raises SourceError if there is nothing to bake, if a file is missing, or if Blender does not tell a strip's timing.
    """
    selected = selected_strips(scene)
    strips = [strip for strip in selected if strip.type in WITH_IMAGES]
    if not strips:
        others = ", ".join(f"{strip.name} ({strip.type.lower()})" for strip in selected)
        found = (
            f"Only {others} selected: it has no picture of a file"
            if others
            else "No strip is selected, or all are muted"
        )
        raise SourceError(f"{found}. Select movie or image strips in the sequencer")
    segments: dict[ClipFiles, list[Segment]] = {}
    for strip in strips:
        segments.setdefault(_clip(strip), []).extend(_segments(strip, scene))
    return [Take(clip, tuple(parts)) for clip, parts in segments.items()]


def has_moved(context: bpy.types.Context, take: Take) -> bool:
    """Tell whether the strips of a take's clip show it otherwise now: they were muted, moved, retimed or removed."""
    scene = sequencer_scene(context)
    editor = scene.sequence_editor
    if editor is None:
        return True
    muted = {number for number, channel in enumerate(editor.channels) if channel.mute}
    shown: list[Segment] = []
    for strip in editor.strips if hasattr(editor, "strips") else editor.sequences:
        if strip.type in WITH_IMAGES and not strip.mute and strip.channel not in muted:
            try:
                if _clip(strip) == take.clip:
                    shown += _segments(strip, scene)
            except SourceError:  # of another clip
                continue
    return not set(take.segments) <= set(shown)


def _clip(strip) -> ClipFiles:
    if strip.type == "MOVIE":
        paths = (Path(bpy.path.abspath(strip.filepath)),)
    else:
        folder = bpy.path.abspath(strip.directory)
        paths = tuple(Path(folder, element.filename) for element in strip.elements)
    for path in paths:
        if not path.is_file():
            raise SourceError(f"Strip {strip.name}: {path} does not exist. Find it with the strip's Change Path/Files")
    return ClipFiles(paths, strip.type == "IMAGE")


def _segments(strip, scene: bpy.types.Scene) -> list[Segment]:
    start, stop = strip.frame_final_start, strip.frame_final_end
    if strip.type == "IMAGE" and len(strip.elements) == 1:
        return [Segment(start, stop, 0.0, 0.0)]
    if strip.type == "IMAGE" and len(strip.retiming_keys) > 2:
        return _shown_images(strip)
    speed = _speed(strip, scene)
    shown = speed * (start - strip.frame_start)
    if strip.use_reverse_frames:
        shown, speed = speed * (strip.frame_start + strip.frame_duration - 1 - start), -speed
    return [Segment(start, stop, strip.animation_offset_start + shown, speed)]


def _shown_images(strip) -> list[Segment]:
    """Return a segment per image of a retimed strip, since Blender tells of image strips which image it shows when."""
    place = {element.as_pointer(): index for index, element in enumerate(strip.elements)}
    first, stop = math.ceil(strip.frame_final_start), math.ceil(strip.frame_final_end)
    shown = [place[strip.strip_elem_from_frame(frame).as_pointer()] for frame in range(first, stop)]
    starts = [k for k, image in enumerate(shown) if k == 0 or image != shown[k - 1]]
    ends = [*starts[1:], len(shown)]
    return [
        Segment(first + start, first + end, float(shown[start]), 0.0) for start, end in zip(starts, ends, strict=True)
    ]


def _speed(strip, scene) -> float:
    """Return clip frames per scene frame. `frame_duration` is the length in the timeline, after any change of speed."""
    length = _content_length(strip)
    keys = [key.timeline_frame for key in strip.retiming_keys]
    if len(keys) > 2:
        raise SourceError(
            f"Strip {strip.name} has several retiming segments, whose speeds Blender does not tell of movies. "
            "Give it one speed, split it and retime the parts, or use the clip as an image sequence"
        )
    if keys:
        span = keys[-1] - keys[0]
        at_the_end = keys[-1] >= strip.frame_start + strip.frame_duration  # from Blender 5.0 on, else a frame before
        return (length if at_the_end else length - 1) / span if span else 1.0
    if strip.type == "IMAGE" or strip.frame_duration == length:
        return 1.0
    return strip.fps / scene_rate(scene)  # the strip keeps its own rate ("Adjust Playback Rate")


def _content_length(strip) -> int:
    """Return the number of frames of the strip's files between its animation offsets."""
    if strip.type == "IMAGE":
        length = len(strip.elements)
    else:
        known = set(bpy.data.images)
        image = bpy.data.images.load(bpy.path.abspath(strip.filepath), check_existing=True)
        length = image.frame_duration
        if image not in known:
            bpy.data.images.remove(image)
    return length - strip.animation_offset_start - strip.animation_offset_end
