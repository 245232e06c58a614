# SPDX-License-Identifier: GPL-3.0-or-later
"""A clip's frames in time, from a movie or from a sequence of images, one in memory at a time."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import cv2
import numpy as np

from nets.errors import UnreadableError, UsageError
from nets.io.photo import read_photo
from nets.io.pictures import VIDEO_SUFFIXES
from nets.io.video_container import why_unreadable

LONGEST_SIDE = 4096  # pixels of a frame; larger ones are reduced by a whole factor: the face is seen at 128 pixels
SEQUENCE_RATE = 25.0  # frames per second of an image sequence, which does not say


@dataclass(frozen=True)
class ClipFrame:
    """index: from 0 in the clip; time: seconds; picture: (H, W, 3) u1 RGB, the clip's frame reduced by a whole factor,
    or None where it cannot be read; fault: why."""

    index: int
    time: float
    picture: np.ndarray | None
    reduction: int = 1
    fault: str = ""

    def to_clip(self, points: np.ndarray) -> np.ndarray:
        """Points (..., 3) of the picture in the clip's own pixels; depth scales along."""
        shift = (self.reduction - 1) / 2
        return (points * self.reduction + np.float32([shift, shift, 0])).astype(np.float32)

    def to_picture(self, points: np.ndarray) -> np.ndarray:
        """Inverse of to_clip."""
        shift = (self.reduction - 1) / 2
        return ((points - np.float32([shift, shift, 0])) / self.reduction).astype(np.float32)


class Clip(Protocol):
    """path: for messages and names; rate: frames/s; size: width, height as shown; length: frames that it announces, at
    least 1; files: what it is made of."""

    path: Path
    rate: float
    size: tuple[int, int]
    length: int
    files: list[Path]

    def frames(self, wanted: range) -> Iterator[ClipFrame]:
        """The wanted frames in order, as far as there are any."""


def open_clip(paths: list[str | Path]) -> Clip:
    """A movie, or the images of a sequence in order. Raises UnreadableError."""
    paths = [Path(path) for path in paths]
    if not paths:
        raise UsageError("no clip was named", remedy="Choose a movie or the images of a sequence")
    if len(paths) == 1 and paths[0].suffix.lower() in VIDEO_SUFFIXES:
        return Movie(paths[0])
    return ImageSequence(paths)


class Movie:
    """A movie that OpenCV's FFmpeg decodes; its rotation flag is applied, its frames bear their own time stamps."""

    def __init__(self, path: Path):
        self.path, self.files = path, [path]
        capture = self._open()
        self.rate = capture.get(cv2.CAP_PROP_FPS)
        if not 0.1 <= self.rate <= 1000:
            self.rate = SEQUENCE_RATE
        good, image = capture.read()
        if not good and capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
            raise why_unreadable(path)
        if not good:
            raise UnreadableError("there is not one frame in it", path, "Record or export it again")
        self.size = image.shape[1], image.shape[0]
        self.length = max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 1)
        capture.release()

    def frames(self, wanted: range) -> Iterator[ClipFrame]:
        capture, index = self._at(wanted.start)
        last_time = -np.inf
        try:
            while index < wanted.stop and capture.grab():
                time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3
                if not time > last_time and index:  # some containers have no time stamps
                    time = max(last_time, 0) + 1 / self.rate
                last_time = time
                if index in wanted:
                    good, image = capture.retrieve()
                    if not good:
                        return
                    yield ClipFrame(index, time, *reduced(image, cv2.COLOR_BGR2RGB))
                index += 1
        finally:
            capture.release()

    def _open(self) -> cv2.VideoCapture:
        capture = cv2.VideoCapture(str(self.path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise why_unreadable(self.path)
        return capture

    def _at(self, index: int) -> tuple[cv2.VideoCapture, int]:
        """An open capture before frame `index`, by a jump where the time stamp proves it right, else frame by frame."""
        capture = self._open()
        if index == 0:
            return capture, 0
        if capture.set(cv2.CAP_PROP_POS_FRAMES, index - 1) and capture.grab():
            time = capture.get(cv2.CAP_PROP_POS_MSEC) / 1e3
            if capture.get(cv2.CAP_PROP_POS_FRAMES) == index and abs(time * self.rate - (index - 1)) < 0.25:
                return capture, index
        capture.release()
        capture = self._open()
        for _ in range(index):
            capture.grab()
        return capture, index


class ImageSequence:
    """Image files, one a frame. A file that is missing or damaged, or of another size, is a frame without a picture."""

    def __init__(self, paths: list[Path]):
        self.path, self.files, self.rate, self.length = paths[0], paths, SEQUENCE_RATE, len(paths)
        fault = None
        for path in paths:
            try:
                height, width = read_photo(path).shape[:2]
                break
            except UnreadableError as error:
                fault = fault or error
        else:
            raise fault
        self.size = width, height

    def frames(self, wanted: range) -> Iterator[ClipFrame]:
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


def reduced(image: np.ndarray, conversion: int | None = None) -> tuple[np.ndarray, int]:
    """The picture with its longest side within LONGEST_SIDE, and the whole factor it took."""
    factor = -(-max(image.shape[:2]) // LONGEST_SIDE)
    if factor > 1:
        height, width = (side // factor for side in image.shape[:2])
        image = cv2.resize(image[: height * factor, : width * factor], (width, height), interpolation=cv2.INTER_AREA)
    return (image if conversion is None else cv2.cvtColor(image, conversion)), factor
