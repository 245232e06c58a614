# SPDX-License-Identifier: GPL-3.0-or-later
"""The process that builds or removes the environment; speaks nets.interface.protocol, does one request, and ends.

It stops and cleans up when it is told to cancel or when its stdin closes, because Blender is gone.
"""

import os
import sys
import threading
import time
from pathlib import Path

from ...interface import protocol
from ..errors import InstallError
from .build import Order, build, remove
from .steps import Cancelled, Steps

REPORT_SECONDS = 0.2
BEAT_SECONDS = 10  # unpacking is silent for minutes: the last report again shows that it goes on


class Installer:
    def __init__(self, requests, answers):
        self.requests, self.answers = requests, answers
        self.steps = Steps()
        self.writing = threading.Lock()
        self.last = "", 0.0
        self.told: dict = {}

    def run(self) -> None:
        self.send({"type": "hello", "protocol": protocol.PROTOCOL, "version": protocol.VERSION})
        received = protocol.read(self.requests)
        if received is None:
            return
        request, _ = received
        self.job = request["job"]
        for loop in (self.listen, self.beat):
            threading.Thread(target=loop, daemon=True).start()
        cancelled = False
        try:
            if request["type"] == "install":
                wheels = tuple(Path(folder) for folder in request["wheels"])
                build(
                    Order(Path(request["environment"]), Path(request["requirements"]), wheels), self.steps, self.report
                )
            else:
                remove(Path(request["environment"]))
        except InstallError as error:
            self.send({"type": "error", "job": self.job, "message": str(error), "remedy": error.remedy})
        except Cancelled:
            cancelled = True
        self.send({"type": "done", "job": self.job, "cancelled": cancelled})

    def listen(self) -> None:
        while (received := protocol.read(self.requests)) is not None and received[0]["type"] not in ("cancel", "quit"):
            pass
        self.steps.cancel()

    def beat(self) -> None:
        while True:
            time.sleep(BEAT_SECONDS)
            if self.told:
                self.send(self.told)

    def report(self, text: str, done: float, total: float) -> None:
        """At most a few times a second while only the numbers change."""
        kind, now = text.partition(",")[0], time.monotonic()
        if kind == self.last[0] and now - self.last[1] < REPORT_SECONDS:
            return
        self.last = kind, now
        self.told = {"type": "progress", "job": self.job, "text": text, "done": done, "total": total}
        self.send(self.told)

    def send(self, message: dict) -> None:
        try:
            with self.writing:
                protocol.write(self.answers, message)
        except OSError:  # Blender is gone
            self.steps.cancel()


def main() -> None:
    answers = os.fdopen(os.dup(sys.stdout.fileno()), "wb")
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    Installer(sys.stdin.buffer, answers).run()


main()
