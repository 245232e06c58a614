# SPDX-License-Identifier: GPL-3.0-or-later
"""One engine for many threads: what they ask for while the network is busy goes through it in one batch.

No thread of its own: whoever finds the network free serves all who wait ("flat combining", Hendler et al., SPAA 2010).
"""

from __future__ import annotations

import threading
from collections import deque
from dataclasses import fields

import numpy as np

from nets.engines import Engine, Prediction

MOST_CROPS = 32  # of a pass that serves several requests: keeps memory flat however many threads wait


class _Request:
    def __init__(self, crops: np.ndarray):
        self.crops = crops
        self.prediction: Prediction | None = None
        self.error: Exception | None = None

    @property
    def is_served(self) -> bool:
        return self.prediction is not None or self.error is not None


class SharedEngine:
    def __init__(self, engine: Engine):
        self.name, self.device = engine.name, engine.device
        self._engine = engine
        self._waiting: deque[_Request] = deque()
        self._network = threading.Lock()

    def predict(self, crops: np.ndarray) -> Prediction:
        """crops (B, S, S, 3) u1 RGB, as for any engine."""
        request = _Request(crops)
        self._waiting.append(request)
        with self._network:
            while not request.is_served:
                self._serve()
        if request.error:
            raise request.error
        return request.prediction

    def _serve(self) -> None:
        served = [self._waiting.popleft()]
        while self._waiting and sum(len(each.crops) for each in (*served, self._waiting[0])) <= MOST_CROPS:
            served.append(self._waiting.popleft())
        try:
            prediction = self._engine.predict(np.concatenate([each.crops for each in served]))
        except Exception as error:
            for each in served:
                each.error = error
            return
        ends = np.cumsum([len(each.crops) for each in served])
        for each, end in zip(served, ends, strict=True):
            part = slice(end - len(each.crops), end)
            each.prediction = Prediction(*(getattr(prediction, field.name)[part] for field in fields(Prediction)))
