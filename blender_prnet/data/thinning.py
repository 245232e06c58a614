# SPDX-License-Identifier: GPL-3.0-or-later
"""Which keyframes of a curve can go, so that straight lines between the others stay within an error."""

import numpy as np


def needed(times: np.ndarray, values: np.ndarray, error: float) -> np.ndarray:
    """Return which keyframes (M,) bool are needed: Douglas and Peucker (1973), with the distance along the values.

    times: (M,) rising; values: (M,); error: that a value may be off at a keyframe that goes
    """
    kept = np.zeros(len(times), bool)
    kept[[0, -1]] = True
    spans = [(0, len(times) - 1)]
    while spans:
        first, last = spans.pop()
        between = np.arange(first + 1, last)
        if not len(between):
            continue
        line = np.interp(times[between], times[[first, last]], values[[first, last]])
        off = np.abs(values[between] - line)
        if off.max() > error:
            middle = int(between[off.argmax()])
            kept[middle] = True
            spans += [(first, middle), (middle, last)]
    return kept
