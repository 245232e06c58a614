# SPDX-License-Identifier: GPL-3.0-or-later
"""Has the worker read frames of a clip."""

import numpy as np

from ..worker import WorkerError
from .job import Outcome, Screen, Send, WorkerJob, failed, progress_of


class ClipPicturesJob(WorkerJob):
    """Reads frames of a clip. pictures: frame -> (h, w, 3) uint8, once it has ended."""

    def __init__(self, send: Send, source: dict, frames: list[int], height: int, screen: Screen):
        super().__init__(send, {"type": "clip_pictures", "source": source, "frames": frames, "height": height})
        self.pictures: dict[int, np.ndarray] = {}
        self._screen = screen

    def take(self, message: dict, arrays: dict) -> None:
        if message["type"] == "progress":
            self._screen.show(message["path"], progress_of(message))
        elif message["type"] == "preview":
            self.pictures[message["frame"]] = arrays["image"]

    def conclude(self, error: WorkerError | None) -> Outcome:
        return failed(error) if error else Outcome("INFO", "", succeeded=bool(self.pictures))
