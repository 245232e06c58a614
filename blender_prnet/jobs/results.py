# SPDX-License-Identifier: GPL-3.0-or-later
"""Results that the command line has written become heads."""

from collections import deque
from collections.abc import Sequence
from pathlib import Path

from ..data.face import CapturedFace
from ..data.model_head import ModelHead
from ..data.results import PhotoResult, ResultsError, load_face
from ..interface import Status
from ..worker import WorkerError
from .head_stream import HeadStream
from .job import STEP_SECONDS, Outcome


class ResultsJob:
    """Loads and builds the faces of the results. `left` are the paths of the photos that were not reached.

    keys: whether heads on a head model's mesh get their blendshapes
    """

    step_seconds = STEP_SECONDS

    def __init__(self, stream: HeadStream, results: Sequence[PhotoResult], keys: bool):
        self._stream, self._keys = stream, keys
        self._results = deque(results)
        self._stopped = False

    @property
    def left(self) -> tuple[str, ...]:
        return tuple(self._stream.left)

    def start(self) -> None:
        self._stream.expect(result.path for result in self._results)

    def advance(self) -> bool:
        queue = self._stream.queue
        while self._results and not self._stopped and not queue.full:
            result = self._results.popleft()
            for file, facts in zip(result.files, result.facts, strict=True):
                queue.put(queue.start(_load, result.path, file, facts, self._keys))
            queue.put({"path": result.path, "status": Status.OK})
        self._stream.build()
        return queue.empty and (self._stopped or not self._results)

    def stop(self) -> None:
        self._stopped = True

    abandon = stop

    def conclude(self, error: WorkerError | None) -> Outcome:
        return self._stream.outcome(error)


def _load(path: str, file: Path, facts: dict, keys: bool) -> tuple[CapturedFace, ModelHead | None] | dict:
    """Return the face, or, if it cannot be loaded, an entry of report.json that says why."""
    try:
        return load_face(file, facts, keys)
    except ResultsError as error:
        return {"path": path, "status": Status.FAILED, "error": str(error)}
