# SPDX-License-Identifier: GPL-3.0-or-later
"""What all jobs have in common, and the calls into Blender that they are given."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from ..data.face import CapturedFace
from ..data.model_head import ModelHead
from ..interface import printable
from ..worker import Request, WorkerError

BUDGET_SECONDS = 0.02  # that one step may take, so that the window stays responsive
STEP_SECONDS = 0.1  # between two steps where there is a window

Send = Callable[..., Request]  # send(message, arrays=None): a new Request to the worker; raises WorkerError


class Screen(Protocol):
    """Where a job shows what it does."""

    def show(self, text: str, progress: float | None = None) -> None:
        """Show what is being done. progress: 0 to 1, or None for no change."""

    def warn(self, text: str) -> None:
        """Report a warning at once."""

    def list_problem(self, name: str, status: str, message: str) -> None:
        """Add a line about the photo or clip `name` to the report in the panel."""

    def list_failed_file(self, path: str, reason: str) -> None:
        """Add a file that gave no head to the list in the panel for folders."""

    @property
    def failed_files(self) -> int:
        """The number of files in that list."""

    def translate(self, text: str) -> str:
        """Return the text in the user's language."""


class BuildError(Exception):
    """A head cannot be built. name: the head's, or the photo's; the message says why."""

    def __init__(self, name: str, message: str):
        super().__init__(message)
        self.name = name


class HeadBuilder(Protocol):
    """What brings captured faces into the scene."""

    def build(self, face: CapturedFace) -> str:
        """Build a head and return its name, "" if it is not wanted any more. Raises BuildError."""

    def put_on_model(self, head: str, model_head: ModelHead) -> None:
        """Give the head of that name a head model's mesh, if the user has not deleted it."""


@dataclass(frozen=True)
class Outcome:
    """How a job ended. level: INFO, WARNING or ERROR; text: for the user; succeeded: whether anything was made."""

    level: str
    text: str
    succeeded: bool


class Job(Protocol):
    """What an operator runs: start, then advance until that returns True or raises WorkerError, then conclude.

    step_seconds: between two steps where there is a window
    """

    step_seconds: float

    def start(self) -> None:
        """Begin. Raises WorkerError if that cannot be done."""

    def advance(self) -> bool:
        """Do the next step, and return True when all is done."""

    def stop(self) -> None:
        """Finish soon, and keep what is done, because the user wants it."""

    def abandon(self) -> None:
        """End at once, because Blender needs it. `conclude` is not called then."""

    def conclude(self, error: WorkerError | None) -> Outcome:
        """Return the outcome. error: what `start` or `advance` has raised."""


class WorkerJob:
    """Base of the jobs that are one request to the worker. A subclass takes its messages and concludes.

    step_seconds: between two steps where there is a window
    """

    step_seconds = STEP_SECONDS

    def __init__(self, send: Send, message: dict, arrays: dict | None = None):
        self._send, self._message, self._arrays = send, message, arrays
        self._request: Request | None = None

    @property
    def cancelled(self) -> bool:
        return self._request is not None and self._request.cancelled

    def start(self) -> None:
        self._request = self._send(self._message, self._arrays)

    def advance(self) -> bool:
        for message, arrays in self._request.pump(BUDGET_SECONDS):
            self.take(message, arrays)
        return self._request.finished

    def stop(self) -> None:
        self._request.cancel()

    def abandon(self) -> None:
        self._request.abandon()


class SteppedJob:
    """Base of the jobs that send one request after another. A subclass has the generator `_run` and concludes.

    `_run` yields wherever the window may be drawn. Anything may happen to Blender's data between two steps.
    """

    step_seconds = STEP_SECONDS

    def __init__(self):
        self._request: Request | None = None  # the one that the worker is processing
        self._stopped = False

    def start(self) -> None:
        self._steps: Iterator[None] = self._run()

    def advance(self) -> bool:
        return next(self._steps, True) is True

    def stop(self) -> None:
        self._stopped = True
        if self._request:
            self._request.cancel()

    def abandon(self) -> None:
        self._stopped = True
        self._steps.close()
        if self._request:
            self._request.abandon()


STAGES = {  # of a progress message -> what the worker does, with the photo's name
    "load": "Loading the network",
    "detect": "{}: looking for faces",
    "look": "{}: looking for faces",
    "mesh": "{}: making the head",
    "choose": "{}: choosing frames",
    "adjust": "Comparing the pictures with each other",
    "blend": "Making one texture of the pictures",
}


def describe(translate: Callable[[str], str], message: dict) -> str:
    """Return in words what the worker does, by a progress message about a photo."""
    name = printable(Path(message["path"]).name)
    return translate(STAGES.get(message.get("stage"), "{}")).format(name)


def progress_of(message: dict) -> float:
    """Return how much of a job is done, 0 to 1, by a progress message."""
    return message["done"] / max(message["total"], 1)


def failed(error: WorkerError) -> Outcome:
    """Return the outcome of a job that made nothing because of the error."""
    return Outcome("ERROR", in_words(error), succeeded=False)


def in_words(error: WorkerError) -> str:
    """Return the error and its remedy as sentences."""
    text = str(error)
    return f"{text if text.endswith(('.', '!', '?')) else text + '.'} {error.remedy}".strip()
