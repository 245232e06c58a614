# SPDX-License-Identifier: GPL-3.0-or-later
"""Smooth random fields, used for skin, hair, cloth and backgrounds."""

import math

import cv2
import numba
import numpy as np


def octaves(rng: np.random.Generator, size: int, coarsest: int, finest: int, falloff: float = 0.6, channels: int = 1):
    """Draw a field (size, size[, channels]) float32 of about unit variance, from coarsest to finest cells per side."""
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
    """Random fields that are cheap: a few of each kind are computed, and then only shifted and mirrored."""

    def __init__(self, size: int, count: int = 12, seed: int = 0):
        self._size, self._count, self._rng, self._fields = size, count, np.random.default_rng(seed), {}

    def field(self, rng: np.random.Generator, coarsest: int, finest: int, falloff: float = 0.6) -> np.ndarray:
        """Return a field (size, size) float32 like that of `octaves`."""
        key = coarsest, finest, falloff
        if key not in self._fields:
            self._fields[key] = [octaves(self._rng, self._size, *key) for _ in range(self._count)]
        field = self._fields[key][rng.integers(self._count)]
        field = field[:: rng.choice([-1, 1]), :: rng.choice([-1, 1])]
        field = field.T if rng.random() < 0.5 else field
        return np.roll(field, int(rng.integers(self._size)), axis=1) if coarsest > 16 else field


@numba.njit(cache=True, fastmath=True)
def _hash(x, y, z):
    n = (x * 374761393 + y * 668265263 + z * 2147483647) & 0xFFFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0xFFFFFFFF
    return np.float32((n ^ (n >> 16)) & 0xFFFF) / np.float32(65535.0)


@numba.njit(cache=True, fastmath=True)
def value_noise(x, y, z):
    """Return value noise in [0, 1] at a point, with cells of one unit."""
    ix, iy, iz = math.floor(x), math.floor(y), math.floor(z)
    fx, fy, fz = x - ix, y - iy, z - iz
    fx, fy, fz = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
    value = np.float32(0)
    for k in range(8):
        dx, dy, dz = k & 1, (k >> 1) & 1, k >> 2
        weight = (fx if dx else 1 - fx) * (fy if dy else 1 - fy) * (fz if dz else 1 - fz)
        value += weight * _hash(int(ix) + dx, int(iy) + dy, int(iz) + dz)
    return value
