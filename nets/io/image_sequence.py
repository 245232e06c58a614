# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip that is a sequence of image files."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path

from nets.errors import UnreadableError
from nets.io.clip_frame import ClipFrame, reduced
from nets.io.photo import read_photo

NUMBERED = re.compile(r"(.*?)(\d+)(\.[^.]*)")
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


def with_missing(paths: list[Path]) -> list[Path]:
    """Return the files of a numbered sequence with a path for each number that is missing, so that all keep their time.

    Files that are not numbered in order under one name, or whose numbers leave out more than they have, are returned as
    they are.
    """
    found = [NUMBERED.fullmatch(path.name) for path in paths]
    if len(paths) < 2 or not all(found) or len({(match[1], match[3]) for match in found}) > 1:
        return paths
    numbers = [int(match[2]) for match in found]
    last = numbers[-1] - numbers[0]
    if any(after <= before for before, after in pairwise(numbers)) or last + 1 > 2 * len(paths):
        return paths
    by_number = dict(zip(numbers, paths, strict=True))
    name, digits, ending = found[0].groups()
    return [
        by_number.get(number) or paths[0].with_name(f"{name}{number:0{len(digits)}}{ending}")
        for number in range(numbers[0], numbers[-1] + 1)
    ]
