# SPDX-License-Identifier: GPL-3.0-or-later
"""Performances that the command line has tracked become heads."""

from collections.abc import Callable, Iterable
from concurrent.futures import Executor
from pathlib import Path

from ..data.bake import BuildOptions, PreparedPerformance, prepare_performance
from ..data.model_head import ModelHead
from ..data.performance import Performance, PerformanceError
from ..interface import Status, printable
from ..worker import WorkerError
from .job import BUDGET_SECONDS, Outcome, Screen, Send, SteppedJob, in_words
from .report import CaptureReport


class PerformanceFilesJob(SteppedJob):
    """Loads *.performance.npz files, puts each on the extension's own head if the options say so, and builds it.

    build: builds a prepared performance; raises PerformanceError
    """

    def __init__(
        self,
        send: Send,
        files: Iterable[Path],
        model: str,
        options: BuildOptions,
        build: Callable[[PreparedPerformance], None],
        screen: Screen,
        threads: Executor,
    ):
        super().__init__()
        self._send, self._files, self._model, self._options = send, list(files), model, options
        self._build, self._screen, self._threads = build, screen, threads
        self._report = CaptureReport(screen)

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            self._report.note_worker(error)
        return self._report.outcome(self._stopped)

    def _run(self):
        for done, file in enumerate(self._files):
            if self._stopped:
                return
            self._screen.show(printable(file.name), done / len(self._files))
            try:
                performance = yield from self._in_thread(Performance.load, file)
                model_head = None
                if self._options.result == "head" and not self._options.identity and performance.arkit_names:
                    model_head = yield from self._on_head(performance)
                self._build((yield from self._in_thread(prepare_performance, performance, self._options, model_head)))
            except PerformanceError as error:
                self._report.note(file.name, Status.FAILED, str(error))
            except WorkerError as error:
                if not self._request.worker.alive:
                    raise
                self._report.note(file.name, Status.FAILED, in_words(error))
            else:
                self._report.heads += 1

    def _in_thread(self, function, *arguments):
        future = self._threads.submit(function, *arguments)
        while not future.done():
            yield
        return future.result()

    def _on_head(self, performance: Performance):
        options = {"model": self._model, "topology": "head"}
        self._request = self._send({"type": "put_on_model", "options": options}, performance.typical_face())
        while not self._request.finished:
            for message, arrays in self._request.pump(BUDGET_SECONDS):
                if message["type"] == "model_head":
                    return ModelHead.from_message(message, arrays)
            yield
        return None
