# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos become heads: captures, captures of a head again, and the search for faces."""

from concurrent.futures import Executor

import numpy as np

from ..data.face import CapturedFace
from ..data.model_head import ModelHead
from ..interface import Status
from ..worker import WorkerError
from .job import (
    BUDGET_SECONDS,
    BuildError,
    HeadBuilder,
    Outcome,
    Screen,
    Send,
    WorkerJob,
    describe,
    failed,
    progress_of,
)
from .preparation import PreparationQueue
from .report import CaptureReport, counted


def reconstruct(paths: list[str], options: dict, boxes: dict | None = None) -> dict:
    """Return the request for the faces in the photos.

    boxes: path -> boxes of the faces, for photos in which none are to be looked for.
    """
    return {"type": "reconstruct", "paths": paths, "options": {**options, "boxes": boxes or {}}}


class CaptureJob(WorkerJob):
    """Sends a request for faces, prepares them in threads, and builds their heads in order."""

    def __init__(self, send: Send, message: dict, builder: HeadBuilder, screen: Screen, threads: Executor):
        super().__init__(send, message)
        self._builder, self._screen = builder, screen
        self._queue, self._report = PreparationQueue(threads), CaptureReport(screen)
        self._head = ""  # the last that was built
        self._error: WorkerError | None = None

    def advance(self) -> bool:
        if self._error is None and not self._queue.full:
            self._receive()
        for result in self._queue.ready(BUDGET_SECONDS):
            self._build(result)
        if self._error and self._queue.empty:
            raise self._error  # after the heads of what had arrived before
        return self._request.finished and self._queue.empty

    def _receive(self):
        try:
            for message, arrays in self._request.pump(BUDGET_SECONDS):
                self.take(message, arrays)
                if self._queue.full:
                    return
        except WorkerError as error:
            self._error = error

    def take(self, message: dict, arrays: dict) -> None:
        kind = message["type"]
        if kind == "progress":
            self._screen.show(describe(self._screen.translate, message), progress_of(message))
        elif kind == "face":
            origin = self._message["options"]["model"], self._request.worker.hello["engine"]
            self._queue.put(self._queue.start(CapturedFace.from_message, message, arrays, *origin))
        elif kind == "model_head":
            self._queue.put(self._queue.start(ModelHead.from_message, message, arrays))
        elif kind == "input":
            self._report.note_input(message)
        elif kind == "warning":
            self._screen.warn(message["message"])

    def _build(self, result: CapturedFace | ModelHead):
        if isinstance(result, ModelHead):
            self._builder.put_on_model(self._head, result)
            return
        try:
            self._head = self._builder.build(result)
        except BuildError as error:
            self._head = ""
            self._report.note(error.name, Status.FAILED, str(error))
        if self._head:
            self._report.heads += 1

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            self._report.note_worker(error)
        return self._report.outcome(self.cancelled)


class FindFacesJob(WorkerJob):
    """Looks for all faces in a photo or a frame of a movie. boxes: (K, 4), left, top, right, bottom, once it ended."""

    def __init__(self, send: Send, path: str, frame: int, options: dict, screen: Screen):
        super().__init__(send, {"type": "find", "path": path, "frame": frame, "options": options})
        self.boxes = np.empty((0, 4), np.float32)
        self._screen, self._report = screen, CaptureReport(screen)

    def take(self, message: dict, arrays: dict) -> None:
        if message["type"] == "progress":
            self._screen.show(describe(self._screen.translate, message), progress_of(message))
        elif message["type"] == "found":
            self.boxes = arrays["boxes"]
        elif message["type"] == "input":
            self._report.note_input(message)
        elif message["type"] == "warning":
            self._screen.warn(message["message"])

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            self._report.note_worker(error)
            return failed(error)
        if not len(self.boxes):
            return self._report.outcome(self.cancelled)
        text = counted(self._screen.translate, len(self.boxes), "1 face found", "{} faces found")
        return Outcome("INFO", text, succeeded=True)
