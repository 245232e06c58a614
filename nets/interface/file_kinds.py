# SPDX-License-Identifier: GPL-3.0-or-later
"""Which files are photos and which are movies, by the endings of their names."""

import os
from pathlib import Path

PHOTO_SUFFIXES = {
    *(".jpg", ".jpeg", ".jpe", ".jp2", ".j2c", ".j2k", ".png", ".webp", ".avif", ".bmp", ".dib"),
    *(".tif", ".tiff", ".gif", ".hdr", ".pic", ".ppm", ".pgm", ".pbm", ".pnm"),
}
# Photos that only other programs read: they are listed, and the report says how to save them.
FOREIGN_PHOTO_SUFFIXES = {".heic", ".heif", ".dng", ".cr2", ".cr3", ".nef", ".arw", ".raf", ".orf", ".rw2"}
# Photos that Blender reads and the worker does not: Blender hands it their pixels.
BLENDER_PHOTO_SUFFIXES = {
    *(".exr", ".dpx", ".cin", ".tga", ".sgi", ".rgb", ".rgba", ".bw"),
    *(".psd", ".psb", ".pdd", ".dds", ".tx"),
}
# Photos that the worker reads and Blender does not show.
NOT_SHOWN_SUFFIXES = {".avif", ".ppm", ".pgm", ".pbm", ".pnm", ".pic"}
# Of Blender's movies not .ts, which most folders have of programs, .r3d, which needs a camera maker's library, and
# .avs, which is a script.
MOVIE_SUFFIXES = {
    *(".mp4", ".m4v", ".mov", ".3gp", ".3g2", ".avi", ".mkv", ".webm", ".mpg", ".mpeg", ".mpg2", ".m2v", ".wmv"),
    *(
        ".mts",
        ".m2t",
        ".m2ts",
        ".mxf",
        ".flv",
        ".ogv",
        ".ogg",
        ".dv",
        ".vob",
        ".divx",
        ".xvid",
        ".movie",
        ".mv",
        ".flc",
    ),
}


def is_movie(path: str | Path) -> bool:
    """Return whether a file's name is that of a movie."""
    return suffix_of(path) in MOVIE_SUFFIXES


def is_photo_or_movie(path: str | Path) -> bool:
    """Return whether a file's name is that of a photo or of a movie."""
    return suffix_of(path) in PHOTO_SUFFIXES | MOVIE_SUFFIXES | FOREIGN_PHOTO_SUFFIXES


def why_not_photo_or_movie(path: str | Path) -> str:
    """Return the reason why a file is neither, for walk_folder; empty if it is one of them."""
    return "" if is_photo_or_movie(path) else "neither a photo nor a video by its name"


def suffix_of(path: str | Path) -> str:
    """Return the ending of a file's name in lower case, with its dot; empty if it has none."""
    return os.path.splitext(path)[1].lower()
