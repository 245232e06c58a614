# SPDX-License-Identifier: GPL-3.0-or-later
"""Measures how long a face takes on each of the worker's devices."""

from ..worker import WorkerError
from .job import Outcome, Screen, Send, WorkerJob, failed

ENGINE_NAMES = {"torch": "PyTorch", "onnx": "ONNX Runtime"}


class SelfTestJob(WorkerJob):
    """Starts the worker, and says in one line per device how fast it is."""

    def __init__(self, send: Send, screen: Screen):
        super().__init__(send, {"type": "self_test"})
        self._screen, self._speeds = screen, []

    def take(self, message: dict, _arrays: dict) -> None:
        if message["type"] == "speed":
            self._speeds.append(message)

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            return failed(error)
        hello, translate = self._request.worker.hello, self._screen.translate
        works = translate("Version {} on Python {} works.").format(hello["version"], hello["python"])
        return Outcome("INFO", "\n".join([works, *map(self._describe, self._speeds)]), succeeded=True)

    def _describe(self, speed):
        if "error" in speed:
            return f"{speed['device']}: {speed['error']}."
        engine = ENGINE_NAMES.get(speed["engine"], speed["engine"])
        return self._screen.translate("{} ({}): {:.1f} ms per face.").format(speed["device"], engine, speed["ms"])
