# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a bundle's network is on this computer's CPU and GPU."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter

import numpy as np

from nets.errors import EngineError
from nets.model.bundle import Bundle
from nets.model.engines import gpu_name, load_engine

ROUNDS = 20
BATCHES = {"cpu": 1, "cuda": 16}  # crops at once, as a capture of photos has them


@dataclass(frozen=True)
class Speed:
    """A device's name, its engine and milliseconds per face (median, network only), or the error that came instead."""

    device: str
    engine: str = ""
    ms: float = 0.0
    error: str = ""


def measure_speeds(bundle: Bundle) -> Iterator[Speed]:
    """Yield the speed of the CPU and, where there is one, of the GPU."""
    for device, name in (("cpu", "CPU"), ("cuda", gpu_name())):
        if name is not None:
            try:
                yield Speed(name, *_measure(bundle, device))
            except EngineError as error:
                yield Speed(name, error=str(error))


def _measure(bundle: Bundle, device: str) -> tuple[str, float]:
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
