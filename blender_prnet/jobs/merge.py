# SPDX-License-Identifier: GPL-3.0-or-later
"""Several photos of one person, or a clip in which the head turns, become one head."""

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from pathlib import Path

from ..data.merged_head import MergedHead
from ..data.model_head import ModelHead
from ..worker import WorkerError
from .job import Outcome, Screen, Send, WorkerJob, describe, progress_of
from .report import CaptureReport


class MergeJob(WorkerJob):
    """Has the worker merge pictures, and builds the head.

    paths: of photos; clips: see the request merge of nets.interface.protocol
    build: puts a MergedHead into the scene, on a head model's mesh if the options ask for one
    """

    def __init__(
        self,
        send: Send,
        paths: list[str],
        options: dict,
        build: Callable[[MergedHead, ModelHead | None], None],
        screen: Screen,
        threads: Executor,
        clips: Sequence[dict] = (),
    ):
        super().__init__(send, {"type": "merge", "paths": paths, "clips": list(clips), "options": options})
        self._build, self._screen, self._threads = build, screen, threads
        self._report = CaptureReport(screen)
        self._merged: Future | None = None
        self._model_head: Future | None = None

    def advance(self) -> bool:
        if not super().advance() or not all(future.done() for future in (self._merged, self._model_head) if future):
            return False
        if self._merged:
            self._build(self._merged.result(), self._model_head.result() if self._model_head else None)
            self._report.heads += 1
        return True

    def take(self, message: dict, arrays: dict) -> None:
        kind = message["type"]
        if kind == "progress":
            self._screen.show(describe(self._screen.translate, message), progress_of(message))
        elif kind == "input":
            self._report.note_input(message)
        elif kind == "warning":
            self._report.note("One head", "warning", message["message"])
        elif kind == "frames":
            frames = ", ".join(map(str, message["frames"]))
            text = self._screen.translate("Frames {} shape the head; the setting Frames of the Clip names others")
            self._report.remark(Path(message["path"]).name, text.format(frames))
        elif kind == "head":
            origin = self._message["options"]["model"], self._request.worker.hello["engine"]
            self._report.remark("One head", message["summary"])
            self._merged = self._threads.submit(MergedHead.from_message, message, arrays, *origin)
        elif kind == "model_head":
            self._model_head = self._threads.submit(ModelHead.from_message, message, arrays)

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            self._report.note_worker(error)
        return self._report.outcome(self.cancelled)
