# SPDX-License-Identifier: GPL-3.0-or-later
"""Starts the worker and talks to it; imports no bpy.

One worker is kept between requests, because starting it takes seconds.
"""

import atexit

from .errors import WorkerError
from .process import WorkerProcess, WorkerSetup
from .request import Request

__all__ = ["Client", "Request", "WorkerError", "WorkerProcess", "WorkerSetup"]


class Client:
    """Keeps one running worker. One that has died, or that was started another way, is replaced at the next use."""

    def __init__(self):
        self._worker: WorkerProcess | None = None
        atexit.register(self.end, wait=True)

    def worker(self, setup: WorkerSetup) -> WorkerProcess:
        """Return the running worker, started if necessary. Raises WorkerError if it cannot be started."""
        if self._worker and not (self._worker.alive and self._worker.setup == setup):
            self.end()
        if self._worker is None:
            self._worker = WorkerProcess(setup)
        return self._worker

    def request(self, setup: WorkerSetup, message: dict, arrays: dict | None = None) -> Request:
        """Send a message of nets.interface.protocol, without its id. Raises WorkerError if that cannot be done."""
        return Request(self.worker(setup), message, arrays)

    @property
    def hello(self) -> dict | None:
        """The first message of the running worker, its engine kept up to date; None if no worker runs."""
        return self._worker.hello if self._worker and self._worker.alive else None

    def end(self, wait: bool = False) -> None:
        """End the worker. wait: return when it has ended, after some seconds at most."""
        if self._worker:
            self._worker.end(wait)
            self._worker = None
