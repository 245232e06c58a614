# SPDX-License-Identifier: GPL-3.0-or-later
"""Sends a request to the worker and receives the messages about it, a few at a time."""

import itertools
import time
from collections.abc import Iterator
from pathlib import Path

from .errors import WorkerError
from .process import WorkerProcess

SILENT_SECONDS = 300.0  # a worker that sends nothing for so long during a request counts as hung
CANCEL_SECONDS = 10.0  # the worker checks for a cancel between faces and between frames
_ids = itertools.count(1)


class Request:
    """A request of nets.interface.protocol, which calls it a job, and the answers to it.

    Call `pump` often until `finished` is True; `cancelled` is True if the user ended it.
    """

    def __init__(self, worker: WorkerProcess, message: dict, arrays: dict | None = None):
        self.worker = worker
        self.finished = False
        self.cancelled = False
        self.current: str | None = None  # the photo that the worker is processing
        self._message, self._arrays = {**message, "job": next(_ids)}, arrays
        self._sent = False
        self._cancelled_at = None
        self._last_heard = time.monotonic()
        if worker.hello:
            self._send()

    def pump(self, budget: float = 0.02) -> Iterator[tuple[dict, dict]]:
        """Yield the (message, arrays) that have arrived, for about `budget` seconds including the caller's work.

        Raises WorkerError if the worker dies, hangs or reports an error; the request is finished then.
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
                if self._cancelled_at is not None:
                    self.cancelled = True  # as the user wanted
                    return
                if self.current and not self.worker.alive:
                    error.args = (f"{Path(self.current).name}: {error}",)
                raise
            if wanted:
                yield received
            if time.monotonic() >= deadline:
                return

    def cancel(self) -> None:
        """Ask the worker to stop. The request is finished once it has answered, or was killed for not answering."""
        if not self._sent:
            self.finished = self.cancelled = True
        elif self._cancelled_at is None:
            self._cancelled_at = time.monotonic()
            self.worker.send({"type": "cancel", "job": self._message["job"]})

    def abandon(self) -> None:
        """End the request and its worker at once."""
        self.finished = self.cancelled = True
        self.worker.kill()

    def _send(self):
        self._sent = True
        self._last_heard = time.monotonic()
        self.worker.send(self._message, self._arrays)

    def _take(self, message, arrays):
        """Take note of the message; return False if the caller does not need it: hello, or another request's."""
        self._last_heard = time.monotonic()
        if message["type"] == "hello":
            self._send()
            return False
        if message.get("job", self._message["job"]) != self._message["job"]:
            return False
        if message["type"] == "error":
            raise WorkerError(message.get("message", "The worker reported an error."), message.get("remedy", ""))
        if message["type"] == "done":
            self.finished = True
            self.cancelled = bool(message.get("cancelled"))
            return False
        if message["type"] == "progress":
            self.current = message.get("path")
        return True

    def _check_silence(self):
        now = time.monotonic()
        if self._cancelled_at is not None and now - self._cancelled_at > CANCEL_SECONDS:
            raise self.worker.failure(f"The worker did not stop within {CANCEL_SECONDS:.0f} s.")
        if self._sent and now - self._last_heard > SILENT_SECONDS:
            raise self.worker.failure(f"The worker has been silent for {SILENT_SECONDS:.0f} s.")
