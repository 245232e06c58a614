# SPDX-License-Identifier: GPL-3.0-or-later
"""The 1€ filter (Casiez, Roussel and Vogel, CHI 2012): smooth at rest, quick in motion."""

import numpy as np

SPEED_CUTOFF = 1.0  # Hz, of the low-pass filter of the speed, as in the paper


class OneEuro:
    """Filters a signal of any number of channels as it comes.

    least_cutoff: Hz, at rest, where it lags by 1 / (2π · least_cutoff) seconds
    per_speed: Hz by which the cutoff rises for each unit per second of a channel's speed
    """

    def __init__(self, least_cutoff: float, per_speed: float):
        self._least, self._per_speed = least_cutoff, per_speed
        self._time: float | None = None

    def __call__(self, values: np.ndarray, time: float) -> np.ndarray:
        """Return the values (...,) at a time in seconds, filtered; the same time again gives the last answer."""
        values = np.asarray(values, np.float64)
        if self._time is None:
            self._values, self._speed = values, np.zeros_like(values)
        elif (step := time - self._time) > 0:
            speed = (values - self._values) / step
            self._speed = self._speed + _share(SPEED_CUTOFF, step) * (speed - self._speed)
            cutoff = self._least + self._per_speed * np.abs(self._speed)
            self._values = self._values + _share(cutoff, step) * (values - self._values)
        self._time = time
        return self._values


def _share(cutoff: np.ndarray | float, step: float) -> np.ndarray | float:
    """Return the new value's share of the answer, see the paper's listing."""
    return 1 / (1 + 1 / (2 * np.pi * cutoff * step))
