# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a job is, and how much it may add to the scene at a time."""

import time

from .job import BUDGET_SECONDS, STEP_SECONDS


class Throughput:
    """Says in words how many photos are done, how fast, and how long the others will take.

    It counts from the first call of `text`, because the start of the worker says nothing about its speed, and changes
    with the number of photos only.
    """

    def __init__(self):
        self._start = self._last = None

    def text(self, done: int, total: int) -> str:
        now = time.monotonic()
        if self._start is None:
            self._start = now, done
        if self._last is None or self._last[0] != done:
            self._last = done, self._describe(now - self._start[0], done - self._start[1], done, total)
        return self._last[1]

    @staticmethod
    def _describe(seconds, since_start, done, total):
        if not since_start or not seconds:
            return f"{done} of {total}"
        rate = since_start / seconds
        return f"{done} of {total}, {rate:.1f} photos/s, {duration((total - done) / rate)} left"


class RedrawThrottle:
    """Keeps the window responsive while a scene grows.

    After objects were added, the scene is left alone for three times as long as the window took to draw them. The
    slower the window draws, the more may be added at once.
    """

    def __init__(self):
        self._changed_at = None
        self._rest_until = self._drawing = 0.0

    def allowance(self) -> float:
        """Return the seconds that adding to the scene may take now, 0 for none."""
        now = time.monotonic()
        if self._changed_at is not None:
            self._drawing = max(now - self._changed_at - STEP_SECONDS, 0.0)
            self._rest_until, self._changed_at = now + 3 * self._drawing, None
        return max(BUDGET_SECONDS, self._drawing / 4) if now >= self._rest_until else 0.0

    def scene_changed(self) -> None:
        self._changed_at = time.monotonic()


def duration(seconds: float) -> str:
    """Return a duration in words."""
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
