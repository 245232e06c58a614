# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos as Blender images."""

from pathlib import Path

import bpy
import numpy as np

from ..interface import PHOTO_SUFFIXES, UPRIGHT, Orientation, read_orientation, suffix_of


def load_photo(path: str) -> tuple[bpy.types.Image | None, Orientation]:
    """Load a photo, and return the image and what makes it upright; None for the image if it cannot be loaded."""
    try:
        return bpy.data.images.load(path, check_existing=True), read_orientation(path)
    except RuntimeError:
        return None, UPRIGHT


def own_file(image: bpy.types.Image) -> Path | None:
    """Return the file that `image` shows unchanged and the worker reads; None for others.

    These are generated, packed or painted on, movies, and files that only Blender reads, such as EXR, DPX and TGA.
    """
    if image.source != "FILE" or image.packed_file or image.is_dirty or not image.filepath:
        return None
    path = Path(bpy.path.abspath(image.filepath, library=image.library))
    return path if path.is_file() and suffix_of(path) in PHOTO_SUFFIXES else None


def image_pixels(image: bpy.types.Image) -> np.ndarray:
    """Return the colours of an image (H, W, 3) uint8 sRGB, rows from the top."""
    width, height = image.size
    pixels = np.empty(width * height * image.channels, np.float32)
    image.pixels.foreach_get(pixels)
    rows = pixels.reshape(height, width, -1)[::-1, :, :3]  # Blender's rows start at the bottom
    if rows.shape[2] < 3:
        rows = np.repeat(rows[..., :1], 3, axis=2)
    if image.is_float:
        rows = _srgb(np.clip(rows, 0, 1))
    return np.uint8(np.clip(rows * 255 + 0.5, 0, 255))


def paint_image(image: bpy.types.Image, colours: np.ndarray) -> None:
    """Give an 8-bit image other colours (H, W, 3) uint8 sRGB, rows from the top, and pack it into the .blend file."""
    height, width = colours.shape[:2]
    if tuple(image.size) != (width, height):
        image.scale(width, height)
    pixels = np.ones((height, width, image.channels), np.float32)
    pixels[..., :3] = colours[::-1] / 255
    image.pixels.foreach_set(pixels.ravel())
    image.update()
    image.pack()


def write_png(image: bpy.types.Image, path: Path) -> None:
    """Write the pixels of `image` as an 8-bit sRGB PNG file. The image itself is not changed."""
    width, height = image.size
    pixels = np.empty(width * height * 4, np.float32)
    image.pixels.foreach_get(pixels)
    if image.is_float:
        colours = pixels.reshape(-1, 4)[:, :3]
        colours[:] = _srgb(np.clip(colours, 0, 1))
    copy = bpy.data.images.new("prnet", width, height)
    try:
        copy.pixels.foreach_set(pixels)
        copy.filepath_raw = str(path)
        copy.file_format = "PNG"
        copy.save()
    finally:
        bpy.data.images.remove(copy)


def _srgb(linear: np.ndarray) -> np.ndarray:
    """Encode linear values as sRGB, see IEC 61966-2-1."""
    return np.where(linear <= 0.0031308, 12.92 * linear, 1.055 * linear ** (1 / 2.4) - 0.055)
