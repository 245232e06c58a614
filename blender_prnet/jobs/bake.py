# SPDX-License-Identifier: GPL-3.0-or-later
"""Clips become heads that play their performance: tracked one after another, prepared in a thread, built at once."""

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from typing import Protocol

import numpy as np

from ..data.bake import BuildOptions, PreparedPerformance, free_path, prepare_performance
from ..data.model_head import ModelHead
from ..data.performance import Performance, PerformanceError
from ..data.sources import SourceError, Take
from ..interface import Status
from ..worker import WorkerError
from .job import BUDGET_SECONDS, Outcome, Screen, Send, SteppedJob, in_words, progress_of
from .pace import duration
from .report import CaptureReport

STAGES = {"load": "Loading", "track": "Tracking", "refine": "Refining", "solve": "Solving", "texture": "Texture"}


@dataclass(frozen=True)
class InterruptedBake:
    """A bake that ended early: the takes that are not built, and the last clip frame that is tracked of the first."""

    takes: tuple[Take, ...]
    last_tracked: int

    def describe(self) -> str:
        take = self.takes[0]
        first, last, _ = take.frames() or (0, None, 1)
        total = f" of {last - first + 1}" if last is not None else ""
        return f"{take.clip.name}: {self.last_tracked - first + 1}{total} frames are tracked"

    def tracked_part(self) -> Take:
        """Return the first take up to its last tracked frame."""
        return self.takes[0].shortened(self.last_tracked)


class PerformanceBuilder(Protocol):
    """What brings performances into the scene, and shows how they are tracked."""

    def build(self, prepared: PreparedPerformance, take: Take) -> None:
        """Build the head and its camera. Raises PerformanceError."""

    def show_preview(self, image: np.ndarray) -> None:
        """Show the frame that is being tracked. image: (H, W, 3) uint8."""

    def show_pace(self, text: str) -> None:
        """Show how fast it goes; "" for nothing."""


def check_lengths(takes: Sequence[Take], options: BuildOptions) -> None:
    """Raise SourceError if a take is too long for a shape key per frame."""
    for take in takes:
        wanted = take.frames()
        count = wanted[1] - wanted[0] + 1 if wanted else len(take.clip.paths)
        if options.result == "frames" and count > options.frame_limit:
            raise SourceError(
                f"{take.clip.name}: {count} frames are more than the limit of {options.frame_limit} "
                "for a key per frame. Raise the limit or choose another result"
            )


class BakeJob(SteppedJob):
    """Tracks and builds takes, one after another."""

    def __init__(
        self,
        send: Send,
        takes: Sequence[Take],
        message: dict,
        options: BuildOptions,
        builder: PerformanceBuilder,
        screen: Screen,
        threads: Executor,
    ):
        """message: the track request without its source; with an entry "textures", a folder is added for each clip."""
        super().__init__()
        self._send, self._takes, self._message, self._options = send, list(takes), message, options
        self._builder, self._screen, self._threads = builder, screen, threads
        self._report = CaptureReport(screen)
        self._last_tracked: int | None = None

    @property
    def interrupted(self) -> InterruptedBake | None:
        """What can be resumed, once the job has ended early."""
        if not self._takes or self._last_tracked is None:
            return None
        return InterruptedBake(tuple(self._takes), self._last_tracked)

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            self._report.note_worker(error)
        return self._report.outcome(self._stopped)

    def _run(self):
        while self._takes and not self._stopped:
            take, performances = self._takes[0], []
            self._request = self._send(self._track_request(take))
            try:
                yield from self._track(take, performances)
            except WorkerError as error:
                if not self._request.worker.alive:
                    raise
                self._report.note(take.clip.name, Status.FAILED, in_words(error))
                self._next()
                continue
            if self._request.cancelled:
                return
            self._request = None
            if not performances:
                self._report.note(take.clip.name, Status.NO_FACE, self._screen.translate("no face found"))
            for performance, model_head in performances:
                yield from self._build(take, performance, model_head)
            self._next()

    def _track_request(self, take):
        request = {**self._message, "source": take.clip.as_source(), "frames": take.frames()}
        if "textures" in request:
            request["textures"] = str(free_path(self._options.caches / f"{take.clip.paths[0].stem} textures"))
        return request

    def _next(self):
        self._takes.pop(0)
        self._last_tracked = None

    def _track(self, take, performances):
        while not self._request.finished:
            for message, arrays in self._request.pump(BUDGET_SECONDS):
                self._receive(take, message, arrays, performances)
            yield

    def _receive(self, take, message, arrays, performances):
        kind, name = message["type"], take.clip.name
        if kind == "progress":
            self._show_progress(take, message)
        elif kind == "preview":
            self._builder.show_preview(arrays["image"])
        elif kind == "gap":
            frames = f"frames {message['first']} to {message['last']}"
            self._report.note(name, "gap", f"{frames}: {message['reason']}")
        elif kind == "warning":
            self._report.note(name, "warning", message["message"])
        elif kind == "performance":
            try:
                performance = Performance.from_entries({**message, **arrays}, int(message["person"]))
            except PerformanceError as error:
                self._report.note(name, Status.UNREADABLE, str(error))
            else:
                performances.append((performance, None))
        elif kind == "model_head" and performances:
            performances[-1] = performances[-1][0], ModelHead.from_message(message, arrays)

    def _show_progress(self, take, message):
        stage, pace = message["stage"], ""
        counts = f"{message['done']} of {message['total']}"
        self._screen.show(f"{STAGES.get(stage, stage)} {take.clip.name}: {counts}", progress_of(message))
        if stage == "track" and message["rate"]:
            pace = f"{message['rate']:.0f} frames/s, {duration(message['left_s'])} left"
        self._builder.show_pace(pace)
        if stage == "track" and message["done"]:
            first, _, step = take.frames() or (0, None, 1)
            self._last_tracked = first + (message["done"] - 1) * step

    def _build(self, take, performance, model_head):
        preparing = self._threads.submit(prepare_performance, performance, self._options, model_head)
        self._screen.show(f"Building the head of {take.clip.name}")
        while not preparing.done():
            yield
        try:
            self._builder.build(preparing.result(), take)
        except PerformanceError as error:
            self._report.note(take.clip.name, Status.FAILED, str(error))
        else:
            self._report.heads += 1
