# SPDX-License-Identifier: GPL-3.0-or-later
"""From pictures that came unevenly to frames at an even rate."""

import numpy as np

TOLERANCE = 1e-6  # frames


def at_even_rate(times: np.ndarray, rows: np.ndarray, start: float, rate: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the times (F,) of frames at so many per second from the start on, and the rows (F, W) at them.

    times: (P,), rising, seconds, the last not before the start; rows: (P, W), between which is interpolated, so that
    there is no hole where the computer stuttered
    """
    frames = start + np.arange(int((times[-1] - start) * rate + TOLERANCE) + 1) / rate
    return frames, np.stack([np.interp(frames, times, column) for column in rows.T], 1)
