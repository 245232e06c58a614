# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth random fields, the stuff of skin, hair, cloth and backgrounds."""

import cv2
import numpy as np


def octaves(rng: np.random.Generator, size: int, coarsest: int, finest: int, falloff: float = 0.6, channels: int = 1):
    """A random field (size, size[, channels]) f4 of about unit variance with cells from coarsest to finest per side."""
    field, amplitude, total, cells = 0.0, 1.0, 0.0, coarsest
    while cells <= min(finest, size):
        grid = rng.standard_normal((cells + 2, cells + 2, channels)).astype(np.float32)
        field = field + amplitude * cv2.resize(grid, (size, size), interpolation=cv2.INTER_CUBIC).reshape(
            size, size, -1
        )
        total += amplitude**2
        amplitude *= falloff
        cells *= 2
    field = field / np.sqrt(total)
    return field[..., 0] if channels == 1 else field


class NoiseBank:
    """Random fields at the price of a shift: each kind of field is computed a few times and then only moved and
    mirrored."""

    def __init__(self, size: int, count: int = 12, seed: int = 0):
        self._size, self._count, self._rng, self._fields = size, count, np.random.default_rng(seed), {}

    def field(self, rng: np.random.Generator, coarsest: int, finest: int, falloff: float = 0.6) -> np.ndarray:
        """A field as of `octaves`, (size, size) f4."""
        key = coarsest, finest, falloff
        if key not in self._fields:
            self._fields[key] = [octaves(self._rng, self._size, *key) for _ in range(self._count)]
        field = self._fields[key][rng.integers(self._count)]
        field = field[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
        field = field.T if rng.random() < 0.5 else field
        return np.roll(field, int(rng.integers(self._size)), axis=1) if coarsest > 16 else field
