# SPDX-License-Identifier: GPL-3.0-or-later
"""One job of the worker: a request goes out, the messages about it come back, a little at a time."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

from .errors import WorkerError
from .process import WorkerProcess

SILENT_SECONDS = 300.0  # a worker that says nothing for so long in mid-job is taken for hung
CANCEL_SECONDS = 10.0  # the worker looks for a cancel between faces, and between frames
_ids = itertools.count(1)


class Job:
    """A request of protocol.py, without its id, with its arrays, and the answers to it.

    Call `pump` often until `finished`; `cancelled` tells whether the user ended it.
    """

    def __init__(self, worker: WorkerProcess, request: dict, arrays: dict | None = None):
        self.worker = worker
        self.finished = False
        self.cancelled = False
        self.current: str | None = None  # the photo that the worker is at
        self._request, self._arrays = {**request, "job": next(_ids)}, arrays
        self._sent = False
        self._cancel_asked = None
        self._last_heard = time.monotonic()
        if worker.hello:
            self._send()

    def pump(self, budget: float = 0.02) -> Iterator[tuple[dict, dict]]:
        """Yield this job's (message, arrays) that have arrived, for about `budget` seconds, the caller's time included.

        Raises WorkerError if the worker dies, falls silent or reports an error; the job is finished then.
        """
        deadline = time.monotonic() + budget
        while not self.finished:
            try:
                received = self.worker.receive()
                if received is None:
                    self._check_silence()
                    return
                wanted = self._take(*received)
            except WorkerError as error:
                self.finished = True
                if self._cancel_asked is not None:
                    self.cancelled = True  # the user wanted it to end, and it has
                    return
                if self.current and not self.worker.alive:
                    error.args = (f"{Path(self.current).name}: {error}",)
                raise
            if wanted:
                yield received
            if time.monotonic() >= deadline:
                return

    def cancel(self) -> None:
        """Ask the worker to stop; goes on until it has answered or is killed for not answering."""
        if not self._sent:
            self.finished = self.cancelled = True
        elif self._cancel_asked is None:
            self._cancel_asked = time.monotonic()
            self.worker.send({"type": "cancel", "job": self._request["job"]})

    def abandon(self) -> None:
        """End the job and its worker at once."""
        self.finished = self.cancelled = True
        self.worker.kill()

    def _send(self):
        self._sent = True
        self._last_heard = time.monotonic()
        self.worker.send(self._request, self._arrays)

    def _take(self, message, arrays):
        """Note what the message says about the job; False if it is not for the caller (a greeting, an old job's)."""
        self._last_heard = time.monotonic()
        if message["type"] == "hello":
            self._send()
            return False
        if message.get("job", self._request["job"]) != self._request["job"]:
            return False
        if message["type"] == "error":
            raise WorkerError(message.get("message", "The worker gave up."), message.get("remedy", ""))
        if message["type"] == "done":
            self.finished = True
            self.cancelled = bool(message.get("cancelled"))
            return False
        if message["type"] == "progress":
            self.current = message.get("path")
        return True

    def _check_silence(self):
        now = time.monotonic()
        if self._cancel_asked is not None and now - self._cancel_asked > CANCEL_SECONDS:
            raise self.worker.failure(f"The worker did not stop within {CANCEL_SECONDS:.0f} s.")
        if self._sent and now - self._last_heard > SILENT_SECONDS:
            raise self.worker.failure(f"The worker has been silent for {SILENT_SECONDS:.0f} s.")
