# SPDX-License-Identifier: GPL-3.0-or-later
"""One engine for many threads: requests that arrive while the network is busy go through it in one batch.

There is no thread of its own: the thread that finds the network free serves all that wait ("flat combining", Hendler et
al., SPAA 2010).
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import fields

import numpy as np

from nets.io.stopwatch import waiting
from nets.model.engines import Engine, Prediction

MAX_CROPS = 32  # in one pass that serves several requests: memory stays flat however many threads wait


class _Request:
    """The crops of one call of predict, and what became of them."""

    def __init__(self, crops: np.ndarray):
        self.crops = crops
        self.is_taken = False
        self.is_served = threading.Event()
        self.prediction: Prediction | None = None
        self.error: Exception | None = None


class SharedEngine:
    """Runs an engine for any number of threads at once.

    passes_on_cpu: how many passes may run at a time on the CPU. On a GPU one, with all requests that wait, is fastest.
    """

    def __init__(self, engine: Engine, passes_on_cpu: int = 1):
        self._engine = engine
        self._waiting: deque[_Request] = deque()
        self._choosing = threading.Lock()
        self._cpu_passes, self._gpu_passes = threading.Semaphore(passes_on_cpu), threading.Semaphore(1)

    @property
    def name(self) -> str:
        return self._engine.name

    @property
    def device(self) -> str:
        return self._engine.device

    def predict(self, crops: np.ndarray, start: np.ndarray | None = None) -> Prediction:
        """Do as Engine.predict; what goes on from an earlier frame is not put together with others."""
        if start is not None:
            return self._engine.predict(crops, start)
        request = _Request(crops)
        with self._choosing:
            self._waiting.append(request)
        passes = self._cpu_passes if self.device == "cpu" else self._gpu_passes  # a GPU that fails becomes the CPU
        with waiting():
            passes.acquire()
        try:
            while requests := self._take_until(request):
                self._serve(requests)
        finally:
            passes.release()
        with waiting():
            request.is_served.wait()
        if request.error:
            raise request.error
        return request.prediction

    def predict_fast(self, crops: np.ndarray) -> Prediction:
        """Do as Engine.predict_fast; on the CPU there is nothing to gain from sharing a pass."""
        return self._engine.predict_fast(crops) if self.device == "cpu" else self.predict(crops)

    def _take_until(self, request: _Request) -> list[_Request]:
        """Take the requests that waited longest; none if this one has been taken already."""
        with self._choosing:
            if request.is_taken:
                return []
            taken = [self._waiting.popleft()]
            while self._waiting and sum(len(each.crops) for each in (*taken, self._waiting[0])) <= MAX_CROPS:
                taken.append(self._waiting.popleft())
            for each in taken:
                each.is_taken = True
        return taken

    def _serve(self, requests: list[_Request]) -> None:
        try:
            prediction = self._engine.predict(np.concatenate([each.crops for each in requests]))
            ends = np.cumsum([len(each.crops) for each in requests])
            for each, end in zip(requests, ends, strict=True):
                part = slice(end - len(each.crops), end)
                each.prediction = Prediction(*(getattr(prediction, field.name)[part] for field in fields(Prediction)))
        except Exception as error:
            for each in requests:
                each.error = error
        finally:
            for each in requests:
                each.is_served.set()
