# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's loop: read requests, run their jobs one after the other, send their messages and errors.

A thread reads the requests, so that a cancel is heard while a face is being made; the main thread runs the jobs. The
worker ends on a quit request or when its stdin closes. Only protocol messages reach stdout; stderr is the log.
"""

from __future__ import annotations

import os
import platform
import queue
import sys
import threading
import traceback
from typing import BinaryIO

from nets.errors import CaptureError
from nets.interface import protocol
from nets.model.bundle import available_bundles
from nets.model.engines import Engine, choose_engine, gpu_name, why_no_gpu
from nets.worker.jobs import JOBS
from nets.worker.models import Models
from nets.worker.request import Request

NICENESS = 2  # Blender's window comes first where there are not cores enough for both; a user waits for the worker, too


class Worker:
    """A worker that reads requests from one stream and writes messages to another."""

    def __init__(self, requests: BinaryIO, answers: BinaryIO):
        self._requests, self._answers = requests, answers
        self._queue: queue.Queue[tuple[dict, dict]] = queue.Queue()
        self._writing = threading.Lock()
        self._cancelled: set = set()  # ids of jobs
        self._models = Models(on_fallback=self._tell_fallback)

    def run(self) -> None:
        """Greet, then run jobs until the process ends."""
        self.send(hello())
        threading.Thread(target=self._listen, name="listen", daemon=True).start()
        while True:
            self._run_job(*self._queue.get())

    def send(self, message: dict, arrays: dict | None = None) -> None:
        """Write a message; end the process if the client has closed its end."""
        try:
            with self._writing:
                protocol.write(self._answers, message, arrays)
        except OSError:
            os._exit(0)

    def _listen(self) -> None:
        """Queue requests and note cancels until the client quits or is gone, then end the process."""
        try:
            while (request := protocol.read(self._requests)) is not None:
                message, _ = request
                if message["type"] in JOBS:
                    self._queue.put(request)
                elif message["type"] == "cancel":
                    self._cancelled.add(message.get("job"))
                elif message["type"] == "quit":
                    break
                else:
                    self.send({"type": "warning", "message": f"unknown request {message['type']!r}"})
        except protocol.ProtocolError:
            traceback.print_exc()
        sys.stderr.flush()
        os._exit(0)  # even in the middle of a job: no client is left to read its messages

    def _run_job(self, message: dict, arrays: dict) -> None:
        """Answer a request, from its first message to `done`."""
        job = message.get("job")
        request = Request(message, arrays, lambda: job in self._cancelled)
        try:
            for answer, answer_arrays in JOBS[message["type"]](request, self._models):
                self.send({**answer, "job": job}, answer_arrays)
        except CaptureError as error:
            self._send_error(job, error)
        except Exception as error:
            traceback.print_exc()
            self._send_error(job, CaptureError(f"unexpected error in the worker: {error!r}", remedy="See the log file"))
        self.send({"type": "done", "job": job, "cancelled": job in self._cancelled})
        self._cancelled.discard(job)

    def _send_error(self, job: int | None, error: CaptureError) -> None:
        message = error.message if error.path is None else f"{error.path}: {error.message}"
        self.send({"type": "error", "job": job, "message": message, "remedy": error.remedy})

    def _tell_fallback(self, reason: str, engine: Engine) -> None:
        """Correct the greeting: the GPU has failed, and this engine goes on in its place."""
        self.send({"type": "engine", "engine": engine.name, "device": engine.device, "reason": reason})
        self.send({"type": "warning", "message": reason})


def hello() -> dict:
    """Return the greeting."""
    return {
        "type": "hello",
        "protocol": protocol.PROTOCOL,
        "version": protocol.VERSION,
        "python": platform.python_version(),
        "engine": choose_engine(),
        "device": gpu_name() or "cpu",
        "reason": why_no_gpu(),
        "models": available_bundles(),
    }


def main() -> None:
    """Run a worker on this process's stdin and stdout."""
    if hasattr(os, "nice"):  # on Windows the parent process lowers the priority
        os.nice(NICENESS)
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())  # so that no library's print can disturb the protocol
    Worker(sys.stdin.buffer, answers).run()
