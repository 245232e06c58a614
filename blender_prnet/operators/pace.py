# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast a job is and when it will be done, in words."""

import time


class Pace:
    """Of the photos done since the first call of `text`, as the worker's start says nothing about its speed. What it
    says changes with their number only.
    """

    def __init__(self):
        self._start = self._last = None

    def text(self, done: int, total: int) -> str:
        now = time.monotonic()
        if self._start is None:
            self._start = now, done
        if self._last is None or self._last[0] != done:
            self._last = done, self._say(now - self._start[0], done - self._start[1], done, total)
        return self._last[1]

    @staticmethod
    def _say(seconds, here, done, total):
        if not here or not seconds:
            return f"{done} of {total}"
        rate = here / seconds
        return f"{done} of {total}, {rate:.1f} photos/s, {duration((total - done) / rate)} left"


def duration(seconds: float) -> str:
    minutes, seconds = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    if hours:
        return f"{hours} h {minutes:02} min"
    return f"{minutes} min {seconds:02} s" if minutes else f"{seconds} s"
