# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that builds or removes the environment: it serves one request of nets.interface.protocol, and ends.

It stops and cleans up when it receives a cancel, or when its stdin closes because Blender has ended.
"""

import os
import sys
import threading
import time
from pathlib import Path

from ...interface import protocol
from ..errors import InstallError
from .build import EnvironmentSpec, build, remove
from .commands import Cancelled, CommandRunner

REPORT_SECONDS = 0.2
KEEP_ALIVE_SECONDS = 10  # unpacking is silent for minutes: the last message again shows that it still runs


class Installer:
    """Serves one request: reads it from `requests`, and writes the answers to `answers`."""

    def __init__(self, requests, answers):
        self.requests, self.answers = requests, answers
        self.runner = CommandRunner()
        self.writing = threading.Lock()
        self.last_report = "", 0.0  # what was being done, and when
        self.last_message: dict = {}

    def run(self) -> None:
        self.send({"type": "hello", "protocol": protocol.PROTOCOL, "version": protocol.VERSION})
        received = protocol.read(self.requests)
        if received is None:
            return
        request, _ = received
        self.job = request["job"]
        for loop in (self.watch_requests, self.keep_alive):
            threading.Thread(target=loop, daemon=True).start()
        cancelled = False
        try:
            self.serve(request)
        except InstallError as error:
            self.send({"type": "error", "job": self.job, "message": str(error), "remedy": error.remedy})
        except Cancelled:
            cancelled = True
        self.send({"type": "done", "job": self.job, "cancelled": cancelled})

    def serve(self, request: dict) -> None:
        environment = Path(request["environment"])
        if request["type"] == "install":
            wheels = tuple(Path(folder) for folder in request["wheels"])
            spec = EnvironmentSpec(environment, Path(request["requirements"]), wheels)
            build(spec, self.runner, self.report)
        else:
            remove(environment)

    def watch_requests(self) -> None:
        """Cancel the work on a cancel or quit message, or when Blender has ended."""
        while (received := protocol.read(self.requests)) is not None and received[0]["type"] not in ("cancel", "quit"):
            pass
        self.runner.cancel()

    def keep_alive(self) -> None:
        """Repeat the last message from time to time, so that Blender does not take a silent step for a hung process."""
        while True:
            time.sleep(KEEP_ALIVE_SECONDS)
            if self.last_message:
                self.send(self.last_message)

    def report(self, text: str, done: float, total: float) -> None:
        """Send a progress message, at most a few times a second while only the numbers change."""
        doing, now = text.partition(",")[0], time.monotonic()
        if doing == self.last_report[0] and now - self.last_report[1] < REPORT_SECONDS:
            return
        self.last_report = doing, now
        self.last_message = {"type": "progress", "job": self.job, "text": text, "done": done, "total": total}
        self.send(self.last_message)

    def send(self, message: dict) -> None:
        try:
            with self.writing:
                protocol.write(self.answers, message)
        except OSError:  # Blender has ended
            self.runner.cancel()


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Installer(sys.stdin.buffer, answers).run()


main()
