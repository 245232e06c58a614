# SPDX-License-Identifier: GPL-3.0-or-later
"""How long each stage of an input takes."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

STAGES = ("read", "detect", "network", "mesh", "write")


def no_time() -> dict[str, float]:
    """Return zero milliseconds for every stage."""
    return dict.fromkeys(STAGES, 0.0)


class _Waited(threading.local):
    ms = 0.0  # of this thread, so far


_waited = _Waited()


@contextmanager
def waiting() -> Iterator[None]:
    """Exclude the block from the thread's stages, because the thread only waits for others in it."""
    start = perf_counter()
    try:
        yield
    finally:
        _waited.ms += (perf_counter() - start) * 1e3


@dataclass
class Stopwatch:
    """The milliseconds that one input took, by stage."""

    ms: dict[str, float] = field(default_factory=no_time)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        """Add the time of the block to a stage."""
        start, waited = perf_counter(), _waited.ms
        try:
            yield
        finally:
            self.ms[stage] += (perf_counter() - start) * 1e3 - (_waited.ms - waited)
