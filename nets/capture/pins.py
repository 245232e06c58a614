# SPDX-License-Identifier: GPL-3.0-or-later
"""Pins as messages have them."""

from __future__ import annotations

import numpy as np

from nets.errors import UsageError
from nets.interface.surface_points import END, FIRST_TEXEL, are_points


def read_pins(pins: list | None) -> tuple[np.ndarray, np.ndarray]:
    """Read pins [[point, x, y], …], and return the points (K,) int64 and their places (K, 2) float64.

    Points are numbered as nets.interface.surface_points says. Raises UsageError where points or places are none,
    ValueError or TypeError where these are no pins.
    """
    numbers = np.array(pins or [], np.float64).reshape(-1, 3)
    if not np.isfinite(numbers).all():
        raise UsageError(f"pins are finite numbers: {numbers.tolist()}")
    points = numbers[:, 0].astype(np.int64)
    if len(set(points.tolist())) < len(points) or not are_points(points).all():
        message = f"landmarks are numbered 0 to 67, texels {FIRST_TEXEL} to {END - 1}, each once: {pins}"
        raise UsageError(message)
    return points, numbers[:, 1:]
