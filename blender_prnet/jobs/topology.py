# SPDX-License-Identifier: GPL-3.0-or-later
"""Captured heads get a head model's mesh, and the face model's own file is installed."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from ..data.model_head import ModelHead
from ..worker import Request, WorkerError
from .job import BUDGET_SECONDS, STEP_SECONDS, Outcome, Screen, Send, WorkerJob, failed, progress_of
from .report import counted


@dataclass(frozen=True)
class HeadOnGrid:
    """A captured head: its name, the network that it was captured with, and the arrays of a put_on_model request."""

    name: str
    model: str
    arrays: dict[str, np.ndarray]


class PutOnModelJob:
    """Sends one head after another to the worker, and gives each the mesh that comes back.

    heads: yields those that are still there when their turn comes
    topology: head or model
    put: gives the head of that name its new mesh, and returns False if the user has deleted it
    finish: the options even_light and detail, see nets/interface/protocol.py
    """

    step_seconds = STEP_SECONDS

    def __init__(
        self,
        send: Send,
        heads: Iterator[HeadOnGrid],
        topology: str,
        put: Callable[[str, ModelHead], bool],
        screen: Screen,
        finish: dict[str, bool] | None = None,
    ):
        self._send, self._heads, self._topology, self._put, self._screen = send, heads, topology, put, screen
        self._finish = finish or {}
        self._request: Request | None = None
        self._done, self._distance = 0, 0.0

    def start(self) -> None:
        self._next()

    def advance(self) -> bool:
        if self._request is None:
            return True
        for message, arrays in self._request.pump(BUDGET_SECONDS):
            self._screen.show(self._name)
            if message["type"] == "model_head" and self._put(self._name, ModelHead.from_message(message, arrays)):
                self._distance = message["distance"]
                self._done += 1
        return self._request.finished and (self._request.cancelled or not self._next())

    def stop(self) -> None:
        self._request.cancel()

    def abandon(self) -> None:
        self._request.abandon()

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            return failed(error)
        heads = counted(self._screen.translate, self._done, "1 head", "{} heads")
        text = self._screen.translate("{} on the new mesh, {:.2f} mm from the capture")
        return Outcome("INFO", text.format(heads, self._distance) if self._done else "", self._done > 0)

    def _next(self) -> bool:
        head = next(self._heads, None)
        if head is None:
            return False
        self._name = head.name
        options = {"model": head.model, "topology": self._topology, **self._finish}
        self._request = self._send({"type": "put_on_model", "options": options}, head.arrays)
        return True


class InstallFaceModelJob(WorkerJob):
    """Has the worker make the face model's file in a folder.

    source: a folder of ICT-FaceKit, or an address to download its files from, "" for that of its repository.
    """

    def __init__(self, send: Send, source: str, folder: str, screen: Screen):
        super().__init__(send, {"type": "install_face_model", "source": source, "folder": folder})
        self._screen = screen

    def take(self, message: dict, _arrays: dict) -> None:
        if message["type"] == "progress":
            self._screen.show(f"{message['path']}, {message['done']} of {message['total']}", progress_of(message))

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            return failed(error)
        translate = self._screen.translate
        if self.cancelled:
            text = translate("Stopped: what was downloaded is kept for the next time")
            return Outcome("WARNING", text, succeeded=False)
        return Outcome("INFO", translate("The face model is installed"), succeeded=True)
