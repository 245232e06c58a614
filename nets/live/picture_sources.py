# SPDX-License-Identifier: GPL-3.0-or-later
"""Where live pictures come from: a camera, or a clip that plays as a camera would.

A thread reads, and only the newest picture is kept: who takes pictures slowly misses some, and none is old.
"""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from nets.errors import CaptureError, UnreadableError
from nets.io.clip import Clip, open_clip
from nets.io.clip_frame import reduced
from nets.live.kept_video import KeptVideo

LONGEST_SIDE = 1280  # pixels that are asked of a camera: a face is seen at 128
SILENCE = 3.0  # seconds without a picture after which a camera counts as gone
NAMES = Path("/sys/class/video4linux")  # of Linux, which tells cameras' names without opening them
OTHER_CAMERAS = 4  # that are offered where nothing tells which there are
RUNNING = "Connect it, close other programs that use it, and allow this one to use the camera in the system's settings"


@dataclass(frozen=True)
class LivePicture:
    """A picture.

    time: seconds since the source was opened, when it came
    came: the same moment on the clock time.monotonic()
    picture: (H, W, 3) uint8 RGB
    """

    time: float
    came: float
    picture: np.ndarray


class LatestPicture:
    """The newest picture of a source, handed from the thread that reads to the one that takes."""

    def __init__(self):
        self._changed = threading.Condition()
        self._picture: LivePicture | None = None
        self._end: Exception | bool = False

    def put(self, picture: LivePicture) -> None:
        """Replace the picture that nobody has taken yet."""
        with self._changed:
            self._picture = picture
            self._changed.notify()

    def end(self, error: Exception | None = None) -> None:
        """Say that no more pictures come, and why if that is an error."""
        with self._changed:
            self._end = error or True
            self._changed.notify()

    def take(self, seconds: float) -> LivePicture | None:
        """Wait for a picture that was not taken yet; None if none comes within so many seconds or ever.

        Raises the error with which the source ended.
        """
        with self._changed:
            self._changed.wait_for(lambda: self._picture is not None or self._end, seconds)
            picture, self._picture = self._picture, None
            if picture is None and isinstance(self._end, Exception):
                raise self._end
            return picture

    @property
    def ended(self) -> bool:
        """Whether the last picture has been taken."""
        return bool(self._end) and self._picture is None


def camera_names() -> list[str]:
    """Return the names of the cameras by their number, "" for a number without one. No camera is opened."""
    if not sys.platform.startswith("linux"):
        return [f"Camera {number + 1}" for number in range(OTHER_CAMERAS)]
    names: dict[int, str] = {}
    for folder in NAMES.glob("video*"):
        if (folder / "index").read_text().strip() == "0":  # others are a camera's further streams, without pictures
            names[int(folder.name.removeprefix("video"))] = (folder / "name").read_text().strip()
    return [names.get(number, "") for number in range(max(names, default=-1) + 1)]


@contextmanager
def opened(source: int | list[Path], keep: Path | None = None) -> Iterator[LatestPicture]:
    """Open a camera by its number, or a clip, and read it until the end of the block, when the camera is off again.

    keep: a movie to write of the camera's pictures; None keeps none

    Raises UnreadableError if it cannot be opened; LatestPicture.take does if the camera vanishes, and OutputError if
    the movie cannot be written.
    """
    latest, stop = LatestPicture(), threading.Event()
    if isinstance(source, int):
        capture = open_camera(source)
        thread = threading.Thread(target=_read_camera, args=(capture, source, latest, stop, keep), daemon=True)
    else:
        thread = threading.Thread(target=_play, args=(open_clip(source), latest, stop), daemon=True)
    thread.start()
    try:
        yield latest
    finally:
        stop.set()
        thread.join(SILENCE)


def open_camera(number: int) -> cv2.VideoCapture:
    """Open a camera at a moderate size. Raises UnreadableError."""
    capture = cv2.VideoCapture(number)
    if not capture.isOpened():
        raise UnreadableError(f"camera {number} cannot be opened", remedy=RUNNING)
    capture.set(cv2.CAP_PROP_BUFFERSIZE, 1)
    if max(capture.get(cv2.CAP_PROP_FRAME_WIDTH), capture.get(cv2.CAP_PROP_FRAME_HEIGHT)) > LONGEST_SIDE:
        capture.set(cv2.CAP_PROP_FRAME_WIDTH, LONGEST_SIDE)
        capture.set(cv2.CAP_PROP_FRAME_HEIGHT, LONGEST_SIDE * 9 // 16)
    return capture


def _read_camera(
    capture: cv2.VideoCapture, number: int, latest: LatestPicture, stop: threading.Event, keep: Path | None
) -> None:
    begun = heard = time.monotonic()
    video = KeptVideo(keep) if keep else None
    try:
        while not stop.is_set():
            good, image = capture.read()
            now = time.monotonic()
            if good:
                heard = now
                if video:
                    video.add(image, now - begun)
                picture, _ = reduced(cv2.cvtColor(image, cv2.COLOR_BGR2RGB))
                latest.put(LivePicture(now - begun, now, picture))
            elif now - heard > SILENCE:
                raise UnreadableError(f"camera {number} gives no more pictures", remedy=RUNNING)
            else:
                time.sleep(0.01)
    except CaptureError as error:
        latest.end(error)
    finally:
        capture.release()
        if video:
            video.close()


def _play(clip: Clip, latest: LatestPicture, stop: threading.Event) -> None:
    begun = time.monotonic()
    try:
        for frame in clip.frames(range(sys.maxsize)):
            stop.wait(max(begun + frame.time - time.monotonic(), 0))
            if stop.is_set():
                return
            if frame.picture is not None:
                latest.put(LivePicture(frame.time, time.monotonic(), frame.picture))
        latest.end()
    except UnreadableError as error:
        latest.end(error)
