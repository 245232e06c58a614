# SPDX-License-Identifier: GPL-3.0-or-later
"""Many heads come into the scene, a few at a time, while the window stays responsive."""

from collections.abc import Iterable, Sequence
from concurrent.futures import Executor
from typing import Protocol

from ..data.face import CapturedFace
from ..data.model_head import ModelHead
from ..interface import Status
from ..worker import WorkerError
from .job import BUDGET_SECONDS, HeadBuilder, Outcome, Screen, in_words
from .pace import RedrawThrottle, Throughput
from .preparation import PreparationQueue
from .report import CaptureReport, counted, reason_of


class StreamBuilder(HeadBuilder, Protocol):
    """A HeadBuilder for many heads."""

    def place(self, faces: Sequence[CapturedFace]) -> None:
        """Choose the place of a photo by its faces, which are built next."""

    def settle(self) -> None:
        """Do what can be done once for all heads that were built since the last call."""


class HeadStream:
    """Builds what is put into `queue`: the faces of a photo, and then the photo's entry of report.json.

    left: the photos whose entry has not been reached. throttle: None if there is no window.
    """

    def __init__(self, builder: StreamBuilder, screen: Screen, threads: Executor, throttle: RedrawThrottle | None):
        self.queue = PreparationQueue(threads)
        self.left: dict[str, None] = {}
        self._builder, self._screen, self._throttle = builder, screen, throttle
        self._throughput = Throughput()
        self._heads = self._total = 0
        self._photo: list[CapturedFace | ModelHead] = []  # what has come of the photo whose entry is to come
        self._head = ""  # the last that was built

    def expect(self, photos: Iterable[str]) -> None:
        """Set the photos that are to come."""
        self.left = dict.fromkeys(photos)
        self._total = len(self.left)

    def build(self) -> None:
        """Build some of what is prepared, as much as the window can take now."""
        if allowance := self._throttle.allowance() if self._throttle else BUDGET_SECONDS:
            for result in self.queue.ready(allowance):
                self._take(result)
            self._builder.settle()
        done = self._total - len(self.left)
        self._screen.show(self._throughput.text(done, self._total), done / max(self._total, 1))

    def _take(self, result: CapturedFace | ModelHead | tuple[CapturedFace, ModelHead | None] | dict):
        if not isinstance(result, dict):
            self._photo += filter(None, result) if isinstance(result, tuple) else [result]
            return
        self._build_photo()
        self.left.pop(result["path"], None)
        if result["status"] != Status.OK:
            self._screen.list_failed_file(result["path"], reason_of(self._screen.translate, result))

    def _build_photo(self):
        """Build all heads of a photo: they share its place, which depends on all of them."""
        faces = [result for result in self._photo if isinstance(result, CapturedFace)]
        if faces:
            self._builder.place(faces)
        for result in self._photo:
            self._build_one(result)
        self._photo.clear()

    def _build_one(self, result: CapturedFace | ModelHead):
        if isinstance(result, CapturedFace):
            self._head = self._builder.build(result)
            self._heads += 1
            if self._throttle:
                self._throttle.scene_changed()
        else:
            self._builder.put_on_model(self._head, result)

    def outcome(self, error: WorkerError | None) -> Outcome:
        """Return the outcome of the job that the stream belongs to."""
        translate, failed = self._screen.translate, self._screen.failed_files
        text = counted(translate, self._heads, "1 head imported", "{} heads imported")
        if self.left:
            text = translate("Stopped, {}, {} photos left").format(text, len(self.left))
        if failed:
            files = counted(translate, failed, "1 file gave no head", "{} files gave no head")
            text = translate("{}; {}, see the list in the Face Capture tab").format(text, files)
        if error:
            CaptureReport(self._screen).note_worker(error)
            text = in_words(error) + (f" ({text}.)" if self._heads else "")
            return Outcome("ERROR", text, self._heads > 0)
        return Outcome("INFO" if self._heads and not failed else "WARNING", text, self._heads > 0)
