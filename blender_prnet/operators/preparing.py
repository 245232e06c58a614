# SPDX-License-Identifier: GPL-3.0-or-later
"""What is slow and needs no Blender happens in threads; what it gives is built a little at a time."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

from .modal import TIMER_SECONDS

_threads = ThreadPoolExecutor(max_workers=2, thread_name_prefix="prnet prepare")


class Preparing:
    """A queue of results, some of them of functions that run in threads, taken out in the order they were put in."""

    def __init__(self, limit: int = 24):
        self._limit = limit
        self._waiting = deque()

    @property
    def full(self) -> bool:
        return len(self._waiting) >= self._limit

    @property
    def empty(self) -> bool:
        return not self._waiting

    @staticmethod
    def start(function: Callable, *arguments) -> Future:
        return _threads.submit(function, *arguments)

    def put(self, result) -> None:
        """`result`: a Future of `start`, or the thing itself."""
        self._waiting.append(result)

    def ready(self, seconds: float) -> Iterator:
        """Those that are done, for about so long, the caller's time included. Raises what their function raised."""
        deadline = time.monotonic() + seconds
        while self._waiting and time.monotonic() < deadline:
            first = self._waiting[0]
            if isinstance(first, Future):
                if not first.done():
                    return
                first = first.result()
            self._waiting.popleft()
            yield first


class Rests:
    """Keeps the window alive while a scene grows: after objects were added, it may not be touched for a while, three
    times as long as the window took to draw the last ones.
    """

    def __init__(self):
        self._touched = None
        self._until = 0.0

    def may_add(self) -> bool:
        now = time.monotonic()
        if self._touched is not None:
            drawing = now - self._touched - TIMER_SECONDS
            self._until, self._touched = now + 3 * max(drawing, 0.0), None
        return now >= self._until

    def added(self) -> None:
        self._touched = time.monotonic()
