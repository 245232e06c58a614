# SPDX-License-Identifier: GPL-3.0-or-later
"""Times of several functions, measured in turns, so that other load on the machine affects them all equally."""

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
        """Summarise times, milliseconds."""
        return Timing(*np.quantile(times, (0.5, 0.1, 0.9)).tolist())


FRAMES = 8  # of a video, one after the other: unlike a photo they profit from the processor's caches


def processor_ms(work: Callable[[], object], times: int = 1) -> Callable[[], float]:
    """Return a function that runs the work so many times and returns its mean processor time, milliseconds.

    Processor time counts all threads. It equals wall time on an idle machine and is hardly more on a busy one.
    """

    def timed() -> float:
        start = time.process_time()
        for _ in range(times):
            work()
        return (time.process_time() - start) * 1e3 / times

    return timed


def take_turns(works: dict[str, Callable[[], float]], rounds: int) -> dict[str, Timing]:
    """Time works that return their milliseconds. A first round of all is a warm-up and does not count."""
    times: dict[str, list[float]] = {name: [] for name in works}
    for turn in range(rounds + 1):
        for name, work in works.items():
            ms = work()
            if turn > 0:
                times[name].append(ms)
    return {name: Timing.of(values) for name, values in times.items()}
