# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `self_test`: measure how fast the network is on this computer's CPU and GPU."""

from __future__ import annotations

from collections.abc import Iterator
from time import perf_counter

import numpy as np

from nets.errors import EngineError
from nets.model.bundle import Bundle
from nets.model.engines import gpu_name, load_engine
from nets.worker.models import Models
from nets.worker.request import Message, Request

ROUNDS = 20
BATCHES = {"cpu": 1, "cuda": 16}  # crops at once, as a capture of photos has them


def self_test(request: Request, models: Models) -> Iterator[Message]:
    """Yield a `speed` message per device: its name, and engine and ms (median, of the network, per face), or error."""
    bundle = models.bundle(request.options)
    for device, name in (("cpu", "CPU"), ("cuda", gpu_name())):
        if name is None:
            continue
        try:
            engine, ms = measure(bundle, device)
        except EngineError as error:
            yield {"type": "speed", "device": name, "error": str(error)}, {}
        else:
            yield {"type": "speed", "device": name, "engine": engine, "ms": ms}, {}


def measure(bundle: Bundle, device: str) -> tuple[str, float]:
    """Return the name of the device's engine and its milliseconds per face."""
    engine = load_engine(bundle, device=device)
    size, batch = bundle.input_size, BATCHES[device]
    crops = np.random.default_rng(0).integers(0, 255, (batch, size, size, 3), np.uint8)
    engine.predict(crops)
    times = []
    for _ in range(ROUNDS):
        start = perf_counter()
        engine.predict(crops)
        times.append(perf_counter() - start)
    return engine.name, 1e3 * float(np.median(times)) / batch
