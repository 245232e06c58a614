# SPDX-License-Identifier: GPL-3.0-or-later
"""The one reader of movie files: FFmpeg's, through OpenCV, with time stamps, seeking, and reasons for what fails."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from nets.errors import UnreadableError
from nets.interface.movie_boxes import movie_mirror
from nets.interface.orientation import UPRIGHT
from nets.io.clip_frame import ClipFrame, reduced
from nets.io.files import is_text
from nets.io.movie_container import why_unreadable

UNKNOWN_RATE = 25.0  # frames per second of a movie whose container gives none
ALL_FRAMES = range(sys.maxsize)  # the length that a container announces may be wrong


class Movie:
    """A movie file. Its rotation and mirror flags are applied, pixels that are no squares become squares, and its
    frames have their own time stamps. High dynamic range becomes standard, as FFmpeg's scaler does from version 8 on.

    path, files: of the movie; rate: frames per second; size: width and height as shown; length: number of frames that
    the container announces, at least 1. Raises UnreadableError if not even the first frame can be read.
    """

    def __init__(self, path: Path):
        self.path, self.files = path, [path]
        capture = self._open()
        self.rate = capture.get(cv2.CAP_PROP_FPS)
        if not 0.1 <= self.rate <= 1000:
            self.rate = UNKNOWN_RATE
        good = capture.grab()  # decodes; only the picture's colours take FFmpeg seconds where the range is high
        if not good and capture.get(cv2.CAP_PROP_FRAME_COUNT) > 0:
            raise why_unreadable(path)
        if not good:
            raise UnreadableError("there is not one frame in it", path, "Record or export it again")
        self._stretch, self._mirror = pixel_aspect(capture), movie_mirror(path)
        width, height = (capture.get(side) for side in (cv2.CAP_PROP_FRAME_WIDTH, cv2.CAP_PROP_FRAME_HEIGHT))
        self.size = round(width * self._stretch), round(height)
        self.length = max(int(capture.get(cv2.CAP_PROP_FRAME_COUNT)), 1)
        capture.release()

    def frames(self, wanted: range) -> Iterator[ClipFrame]:
        """Yield the wanted frames in order, as far as there are any, reduced to LONGEST_SIDE."""
        for index, time, picture in self.pictures(wanted):
            yield ClipFrame(index, time, *reduced(picture))

    def pictures(self, wanted: range = ALL_FRAMES) -> Iterator[tuple[int, float, np.ndarray]]:
        """Yield index, time in seconds and picture (H, W, 3) uint8 RGB of the wanted frames, in the movie's size."""
        capture, index = self._open_at(wanted.start)
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
                    if self._stretch != 1:
                        image = cv2.resize(image, self.size, interpolation=cv2.INTER_AREA)
                    if self._mirror != UPRIGHT:
                        image = np.flip(image, 1 if self._mirror.flip_x else 0)
                    yield index, time, cv2.cvtColor(image, cv2.COLOR_BGR2RGB)
                index += 1
        finally:
            capture.release()

    def _open(self) -> cv2.VideoCapture:
        if not is_text(self.path):  # OpenCV would bring the process down
            raise UnreadableError("the name of this movie is not text", self.path, "Rename it")
        # As a relative path, a name with a colon would be a protocol of FFmpeg's.
        capture = cv2.VideoCapture(os.path.abspath(self.path), cv2.CAP_FFMPEG)
        if not capture.isOpened():
            raise why_unreadable(self.path)
        return capture

    def _open_at(self, index: int) -> tuple[cv2.VideoCapture, int]:
        """Return an open capture whose next frame is the index-th, and the index.

        It seeks, and if the time stamp does not confirm the place, opens the movie again and skips the frames before.
        """
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


def pixel_aspect(capture: cv2.VideoCapture) -> float:
    """Return the width of a movie's pixels over their height as it is shown, 1 where the file does not tell."""
    across, down = capture.get(cv2.CAP_PROP_SAR_NUM), capture.get(cv2.CAP_PROP_SAR_DEN)
    if not (across > 0 and down > 0 and 0.1 <= across / down <= 10):
        return 1.0
    on_its_side = round(capture.get(cv2.CAP_PROP_ORIENTATION_META)) % 180 == 90
    return down / across if on_its_side else across / down
