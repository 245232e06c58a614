# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip that is a sequence of image files."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nets.errors import UnreadableError
from nets.io.clip_frame import ClipFrame, reduced
from nets.io.photo import read_photo

SEQUENCE_RATE = 25.0  # frames per second: the images do not tell


class ImageSequence:
    """Image files, one per frame. A file that is missing, damaged or of another size is a frame without a picture.

    Raises UnreadableError if none can be read. The attributes are those of nets.io.clip.Clip.
    """

    def __init__(self, paths: list[Path]):
        self.path, self.files, self.rate, self.length = paths[0], paths, SEQUENCE_RATE, len(paths)
        first_error = None
        for path in paths:
            try:
                height, width = read_photo(path).shape[:2]
                break
            except UnreadableError as error:
                first_error = first_error or error
        else:
            raise first_error
        self.size = width, height

    def frames(self, wanted: range) -> Iterator[ClipFrame]:
        """Yield the wanted frames in order, as far as there are any, reduced to LONGEST_SIDE."""
        for index in wanted:
            if index >= self.length:
                return
            time = index / self.rate
            try:
                photo = read_photo(self.files[index])
            except UnreadableError as error:
                yield ClipFrame(index, time, None, fault=error.message)
                continue
            if photo.shape[1::-1] == self.size:
                yield ClipFrame(index, time, *reduced(photo))
            else:
                size = " × ".join(map(str, photo.shape[1::-1]))
                yield ClipFrame(index, time, None, fault=f"the image is {size} pixels, the first one is not")
