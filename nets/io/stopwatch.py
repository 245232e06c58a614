# SPDX-License-Identifier: GPL-3.0-or-later
from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from time import perf_counter

STAGES = ("read", "detect", "network", "mesh", "write")


def no_time() -> dict[str, float]:
    return dict.fromkeys(STAGES, 0.0)


class _Waited(threading.local):
    ms = 0.0  # of this thread, so far


_waited = _Waited()


@contextmanager
def waiting() -> Iterator[None]:
    """For others: what passes within belongs to no stage of the thread that waits."""
    start = perf_counter()
    try:
        yield
    finally:
        _waited.ms += (perf_counter() - start) * 1e3


@dataclass
class Stopwatch:
    """Milliseconds that one input took, by stage."""

    ms: dict[str, float] = field(default_factory=no_time)

    @contextmanager
    def measure(self, stage: str) -> Iterator[None]:
        start, waited = perf_counter(), _waited.ms
        try:
            yield
        finally:
            self.ms[stage] += (perf_counter() - start) * 1e3 - (_waited.ms - waited)
