# SPDX-License-Identifier: GPL-3.0-or-later
"""A queue of results that threads prepare, for the slow work that needs no Blender."""

import time
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future

LIMIT = 24  # results in the queue: enough to keep the threads busy, few enough for the memory


class PreparationQueue:
    """Gives results back in the order in which they were put in, whichever thread is done first."""

    def __init__(self, threads: Executor):
        self._threads = threads
        self._waiting = deque()

    @property
    def full(self) -> bool:
        return len(self._waiting) >= LIMIT

    @property
    def empty(self) -> bool:
        return not self._waiting

    def start(self, function: Callable, *arguments) -> Future:
        """Call the function in a thread. The result is not in the queue until it is put there."""
        return self._threads.submit(function, *arguments)

    def put(self, result) -> None:
        """Add a result, or the Future of one."""
        self._waiting.append(result)

    def ready(self, seconds: float) -> Iterator:
        """Yield the results that are done, for about `seconds` including the caller's work.

        Raises what the function of a result has raised.
        """
        deadline = time.monotonic() + seconds
        while self._waiting and time.monotonic() < deadline:
            first = self._waiting[0]
            if isinstance(first, Future):
                if not first.done():
                    return
                first = first.result()
            self._waiting.popleft()
            yield first
