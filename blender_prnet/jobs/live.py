# SPDX-License-Identifier: GPL-3.0-or-later
"""Live capture: the worker's newest answer moves a puppet, until the user has had enough."""

from __future__ import annotations

import time
from collections import deque
from typing import Protocol

import numpy as np

from ..data.live import LivePose
from ..worker import WorkerError
from .job import Outcome, Screen, Send, WorkerJob, failed

TELL_EVERY = 0.5  # seconds: to draw the panels takes longer than to move the head
MEASURED = 60  # pictures over which rate and delay are taken


class Puppet(Protocol):
    """What a live face moves. stopped: whether the user has had enough."""

    stopped: bool

    def move(self, pose: LivePose | None, picture: np.ndarray | None) -> None:
        """Show a pose, None where the person is not seen, and the camera's picture (h, w, 3) uint8 where it came."""

    def end(self) -> str:
        """Finish a take that is being recorded, and return what was recorded, in words; empty if nothing was."""


class LiveJob(WorkerJob):
    """A `live` request. Only the newest of the answers that wait is shown: nothing queues."""

    step_seconds = 1 / 60

    def __init__(self, send: Send, source: dict, options: dict, pictures: bool, puppet: Puppet, screen: Screen):
        """source: camera and keep, or path, of nets.interface.protocol's request `live`."""
        super().__init__(send, {"type": "live", **source, "options": options, "pictures": pictures})
        self._puppet, self._screen = puppet, screen
        self._newest: tuple[dict, dict] | None = None
        self._shown: deque[float] = deque(maxlen=MEASURED)
        self._delays: deque[float] = deque(maxlen=MEASURED)
        self._told = 0.0
        self.pictures = 0

    def advance(self) -> bool:
        if self._puppet.stopped and not self.cancelled:
            self.stop()
        finished = super().advance()
        if self._newest is not None:
            (message, arrays), self._newest = self._newest, None
            self._show(message, arrays)
        return finished

    def take(self, message: dict, arrays: dict) -> None:
        if message["type"] == "live":
            self._newest = message, arrays
        elif message["type"] == "warning":
            self._screen.warn(message["message"])
        elif message["type"] == "progress":
            self._screen.show(self._screen.translate("Loading the network"))

    def _show(self, message: dict, arrays: dict) -> None:
        pose = LivePose.of(message, arrays)
        self._puppet.move(pose, arrays.get("picture"))
        self.pictures += 1
        self._shown.append(time.monotonic())
        self._delays.append(message["delay"])
        if self._shown[-1] - self._told > TELL_EVERY:
            self._told = self._shown[-1]
            self._screen.show(self._in_words(seen=pose is not None))

    def _in_words(self, seen: bool) -> str:
        if not seen:
            return self._screen.translate("Nobody before the camera")
        span = self._shown[-1] - self._shown[0]
        rate = (len(self._shown) - 1) / span if span else 0.0
        delay = 1e3 * float(np.median(self._delays))
        return self._screen.translate("{rate:.0f} pictures/s, {delay:.0f} ms").format(rate=rate, delay=delay)

    def conclude(self, error: WorkerError | None) -> Outcome:
        recorded = self._puppet.end()
        if error:
            return failed(error)
        return Outcome("INFO", recorded, bool(self.pictures))


class CamerasJob(WorkerJob):
    """A `cameras` request."""

    def __init__(self, send: Send, screen: Screen):
        super().__init__(send, {"type": "cameras"})
        self._screen, self._names = screen, []

    def take(self, message: dict, _arrays: dict) -> None:
        if message["type"] == "cameras":
            self._names = message["names"]

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            return failed(error)
        named = [f"{number}: {name}" for number, name in enumerate(self._names) if name]
        text = ", ".join(named) if named else self._screen.translate("This computer has no camera")
        return Outcome("INFO" if named else "WARNING", text, bool(named))
