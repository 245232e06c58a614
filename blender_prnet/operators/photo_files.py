# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes Blender images readable for the worker, as files."""

import tempfile
from pathlib import Path

import bpy

from ..interface import BLENDER_PHOTO_SUFFIXES, suffix_of
from ..scene.photo import own_file, write_png


class PhotoError(Exception):
    """The image cannot be read as a photo."""


class PhotoFiles:
    """Gives the images' own files, or temporary copies until `forget`. names: the image of each copy by its path."""

    def __init__(self):
        self.names: dict[str, str] = {}
        self._folder = None

    def path(self, image: bpy.types.Image) -> Path:
        """Return the path of a file with the image's pixels. Raises PhotoError."""
        path = own_file(image)
        if path:
            return path
        if not all(image.size):
            raise PhotoError(f"{image.name} has no pixels to read; save it to a file and open that")
        if self._folder is None:
            self._folder = tempfile.TemporaryDirectory(prefix="prnet-")
        path = Path(self._folder.name, f"{len(self.names)}.png")
        write_png(image, path)
        self.names[str(path)] = image.name
        return path

    def readable(self, path: Path) -> Path:
        """Return the path, or that of a copy if only Blender reads the file. Raises PhotoError."""
        if suffix_of(path) not in BLENDER_PHOTO_SUFFIXES:
            return path
        try:
            image = bpy.data.images.load(str(path), check_existing=True)
        except RuntimeError:
            raise PhotoError(f"{path.name} cannot be read; save it as JPEG or PNG") from None
        return self.path(image)

    def forget(self) -> None:
        """Delete the copies."""
        if self._folder:
            self._folder.cleanup()
            self._folder = None
