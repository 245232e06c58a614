# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures that the worker has written as images of the .blend file, those of a clip as sequences."""

from collections.abc import Iterator
from pathlib import Path

import bpy

from .head_properties import HeadKind, HeadProperties
from .paths import stored_path

COLOURS = ("picture",)  # pictures of colours; others hold data


def frames_of(head: bpy.types.Object) -> list[int | None]:
    """Return the scene frames that the pictures of a head are made of; None alone for the head of a photo."""
    properties = HeadProperties.of(head)
    if properties.kind is not HeadKind.PERFORMANCE:
        return [None]
    first, last = properties.frames
    return list(range(first, last + 1))


def at_frames(scene: bpy.types.Scene, frames: list[int | None]) -> Iterator[int | None]:
    """Go to one frame after another, and back at the end."""
    before = scene.frame_current
    try:
        for frame in frames:
            if frame is not None:
                scene.frame_set(frame)
            yield frame
    finally:
        if scene.frame_current != before:
            scene.frame_set(before)


def picture_file(folder: Path, head: str, picture: str, ending: str, frame: int | None) -> str:
    """Return the path of a picture of a head; the frame's number stands at its end, as sequences have it."""
    number = "" if frame is None else f"_{frame:04d}"
    return str(folder / f"{bpy.path.clean_name(head)}_{picture}{number}{ending}")


def load_pictures(files: dict[str, list[str]]) -> list[bpy.types.Image]:
    """Load pictures, name -> the file of each frame. A picture that is there already is read again."""
    images = []
    for name, paths in files.items():
        image = bpy.data.images.load(stored_path(Path(paths[0])), check_existing=True)
        image.reload()
        if len(paths) > 1:
            image.source = "SEQUENCE"
        if name not in COLOURS:
            image.colorspace_settings.name = "Non-Color"
        image.use_fake_user = True  # until something shows it, it would be lost when the file is saved
        images.append(image)
    return images
