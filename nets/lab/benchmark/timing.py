# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of several works, taken in turns so that whatever else the machine does falls on all alike."""

import time
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Timing:
    """Milliseconds: median, and the tenth and ninetieth percentile."""

    median: float
    low: float
    high: float

    @staticmethod
    def of(times: list[float]) -> "Timing":
        return Timing(*np.quantile(times, (0.5, 0.1, 0.9)).tolist())


FRAMES = 8  # of a video, done in a row: they find in the processor's caches what a photo does not


def processor_ms(work: Callable[[], object], times: int = 1) -> Callable[[], float]:
    """A work that tells its milliseconds of processor time, of all threads together: the same as the time that passes
    where nothing else runs, and hardly more where something does. Done several times in a row it tells their mean."""

    def timed() -> float:
        start = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - start) * 1e3 / times

    return timed


def take_turns(works: dict[str, Callable[[], float]], rounds: int) -> dict[str, Timing]:
    """Timings of works that return their milliseconds; a first round of all warms up and does not count."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            ms = work()
            if turn > 0:
                times[name].append(ms)
    return {name: Timing.of(values) for name, values in times.items()}
