# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker makes pictures of a head as its camera sees it: of one photo, or of each frame of a clip."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..worker import WorkerError
from .job import BUDGET_SECONDS, Outcome, Screen, Send, SteppedJob, describe, failed, progress_of
from .report import counted


@dataclass(frozen=True)
class PictureRequest:
    """A request for the pictures of one frame. title: of what the window shows meanwhile; arrays: of its message."""

    title: str
    message: dict
    arrays: dict[str, np.ndarray]


class PicturesJob(SteppedJob):
    """Sends one request after another, and shows what was made of all of them.

    requests: yields them when their turn comes
    count: how many there are, for the progress
    show: shows the files that were made, name of the picture -> its file for each frame
    """

    def __init__(
        self,
        send: Send,
        requests: Iterator[PictureRequest],
        count: int,
        show: Callable[[dict[str, list[str]]], None],
        screen: Screen,
    ):
        super().__init__()
        self._send, self._requests, self._count, self._show, self._screen = send, requests, count, show, screen
        self._files: dict[str, list[str]] = {}
        self._warnings: dict[str, None] = {}  # each is told once, whatever the number of frames

    def abandon(self) -> None:
        super().abandon()
        self._requests.close()

    def conclude(self, error: WorkerError | None) -> Outcome:
        self._requests.close()
        if self._files:
            self._show(self._files)
        for warning in self._warnings:
            self._screen.warn(warning)
        if error:
            return failed(error)
        made = sum(map(len, self._files.values()))
        return Outcome("INFO", counted(self._screen.translate, made, "1 picture made", "{} pictures made"), made > 0)

    def _run(self):
        for done, picture in enumerate(self._requests):
            self._screen.show(picture.title, done / self._count)
            self._request = self._send(picture.message, picture.arrays)
            while not self._request.finished:
                for message, _ in self._request.pump(BUDGET_SECONDS):
                    self._take(message)
                yield
            if self._stopped:
                return

    def _take(self, message):
        if message["type"] == "pictures":
            for name, path in message["files"].items():
                self._files.setdefault(name, []).append(path)
        elif message["type"] == "progress":
            self._screen.show(describe(self._screen.translate, message), progress_of(message))
        elif message["type"] == "warning":
            self._warnings[message["message"]] = None
