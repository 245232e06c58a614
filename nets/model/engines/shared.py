# SPDX-License-Identifier: GPL-3.0-or-later
"""One engine for many threads: what they ask for while the network is busy goes through it in one batch.

No thread of its own: whoever finds the network free serves all who wait ("flat combining", Hendler et al., SPAA 2010).
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import fields

import numpy as np

from nets.io.stopwatch import waiting
from nets.model.engines import Engine, Prediction

MOST_CROPS = 32  # of a pass that serves several requests: keeps memory flat however many threads wait


class _Request:
    def __init__(self, crops: np.ndarray):
        self.crops = crops
        self.is_taken = False
        self.is_served = threading.Event()
        self.prediction: Prediction | None = None
        self.error: Exception | None = None


class SharedEngine:
    """`passes`: how many may run at a time; on a GPU one, with all that is waiting in it, is quickest."""

    def __init__(self, engine: Engine, passes: int = 1):
        self.name, self.device = engine.name, engine.device
        self._engine = engine
        self._waiting: deque[_Request] = deque()
        self._choosing, self._passes = threading.Lock(), threading.Semaphore(passes)

    def predict(self, crops: np.ndarray) -> Prediction:
        """crops (B, S, S, 3) u1 RGB, as for any engine."""
        request = _Request(crops)
        with self._choosing:
            self._waiting.append(request)
        with waiting():
            self._passes.acquire()
        try:
            while requests := self._take_until(request):
                self._serve(requests)
        finally:
            self._passes.release()
        with waiting():
            request.is_served.wait()
        if request.error:
            raise request.error
        return request.prediction

    def predict_fast(self, crops: np.ndarray) -> Prediction:
        """On the CPU there is nothing to gain from sharing a pass."""
        return self._engine.predict_fast(crops) if self.device == "cpu" else self.predict(crops)

    def _take_until(self, request: _Request) -> list[_Request]:
        """Those that waited longest; none if this one has been taken."""
        with self._choosing:
            if request.is_taken:
                return []
            taken = [self._waiting.popleft()]
            while self._waiting and sum(len(each.crops) for each in (*taken, self._waiting[0])) <= MOST_CROPS:
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
