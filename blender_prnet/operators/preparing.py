# SPDX-License-Identifier: GPL-3.0-or-later
"""What is slow and needs no Blender happens in threads; what it gives is built a little at a time."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor

import bpy

from .modal import TIMER_SECONDS

BUDGET_SECONDS = 0.02

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
    """Keeps the window alive while a scene grows. After objects were added the scene is left alone for three times as
    long as the window took to draw them; the slower it draws, the more may be added at once.
    """

    def __init__(self):
        self._touched = None
        self._until = self._drawing = 0.0

    def allowance(self) -> float:
        """The seconds that adding to the scene may take now; 0 for not now."""
        if bpy.app.background:
            return BUDGET_SECONDS
        now = time.monotonic()
        if self._touched is not None:
            self._drawing = max(now - self._touched - TIMER_SECONDS, 0.0)
            self._until, self._touched = now + 3 * self._drawing, None
        return max(BUDGET_SECONDS, self._drawing / 4) if now >= self._until else 0.0

    def added(self) -> None:
        self._touched = time.monotonic()
