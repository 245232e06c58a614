# SPDX-License-Identifier: GPL-3.0-or-later
"""Talks to the worker; knows no bpy. One worker is kept warm between jobs, because starting it costs seconds."""

import atexit

from .errors import WorkerError
from .job import Job
from .process import WorkerProcess, WorkerSetup

__all__ = ["Client", "Job", "WorkerError", "WorkerProcess", "WorkerSetup"]


class Client:
    """Holds the warm worker; a dead one, or one that was started another way, is replaced at the next use."""

    def __init__(self):
        self._worker: WorkerProcess | None = None
        atexit.register(self.end)

    def worker(self, setup: WorkerSetup) -> WorkerProcess:
        """The running WorkerProcess, started if need be. Raises WorkerError if it cannot be."""
        if self._worker and not (self._worker.alive and self._worker.setup == setup):
            self.end()
        if self._worker is None:
            self._worker = WorkerProcess(setup)
        return self._worker

    def job(self, setup: WorkerSetup, request: dict, arrays: dict | None = None) -> Job:
        """Start a Job. `request`: a message of protocol.py to the worker, without its id, and its arrays."""
        return Job(self.worker(setup), request, arrays)

    @property
    def hello(self) -> dict | None:
        """The greeting of the warm worker, its engine kept up to date; None if there is none."""
        return self._worker.hello if self._worker and self._worker.alive else None

    def end(self) -> None:
        if self._worker:
            self._worker.end()
            self._worker = None
