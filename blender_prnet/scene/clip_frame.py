# SPDX-License-Identifier: GPL-3.0-or-later
"""Which picture of its clip a camera shows at the current frame of the scene."""

import re
from pathlib import Path

import bpy

from .clip_fixes import ClipTime

DIGITS = re.compile(r"(\d+)(?!.*\d)")


def shown_picture(
    head: bpy.types.Object, camera: bpy.types.Object, scene: bpy.types.Scene
) -> tuple[str, int | None] | None:
    """Return the path of the movie or the image that is behind a head, and the movie's frame from 0.

    None if the clip, or the frame, is not on this machine.
    """
    backgrounds = camera.data.background_images
    image = backgrounds[0].image if len(backgrounds) else None
    if image is None:
        return None
    path, user = Path(bpy.path.abspath(image.filepath, library=image.library)), backgrounds[0].image_user
    shown = min(scene.frame_current - user.frame_start + 1, user.frame_duration)
    number = shown + user.frame_offset  # see image_time.py
    if image.source == "MOVIE":
        clip_time = ClipTime.of(head)  # its frames may come unevenly, which Blender's number does not tell
        frame = clip_time.at(scene.frame_current) if clip_time else None
        frame = number - 1 if frame is None else frame
        return (str(path), frame) if frame >= 0 and path.is_file() else None
    if image.source == "SEQUENCE":
        path = path.with_name(DIGITS.sub(lambda digits: f"{number:0{len(digits[1])}d}", path.stem) + path.suffix)
    return (str(path), None) if path.is_file() else None


def clip_paths(camera: bpy.types.Object) -> list[str]:
    """Return the movie, or the images in order, of the clip that the camera's background shows; none if it is gone."""
    backgrounds = camera.data.background_images
    image = backgrounds[0].image if len(backgrounds) else None
    if image is None:
        return []
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    if image.source != "SEQUENCE":
        return [str(path)] if path.is_file() else []
    digits = DIGITS.search(path.stem)
    if digits is None:
        return [str(path)]
    before, after = path.stem[: digits.start()], path.stem[digits.end() :]
    numbered = {}
    for each in path.parent.iterdir():
        number = each.stem.removeprefix(before).removesuffix(after)
        if number.isdecimal() and each.name == f"{before}{number}{after}{path.suffix}":
            numbered[int(number)] = str(each)
    return [numbered[number] for number in sorted(numbered)]
