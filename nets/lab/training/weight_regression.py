# SPDX-License-Identifier: GPL-3.0-or-later
"""What fits of blendshape weights to differences within series of pictures have in common."""

import numpy as np

ABSENT = 0.02  # difference of weights that is none
MOST_GAIN = 3.0


def ridge(seen: np.ndarray, wanted: np.ndarray, spread: np.ndarray, strength: float) -> np.ndarray:
    """Return coefficients (N, B) of seen values (M, N) for wanted ones (M, B).

    spread: (N,), by which values are standardised; strength: of a standardised coefficient's square, in samples
    """
    scaled = seen / spread
    return np.linalg.solve(scaled.T @ scaled + strength * np.eye(seen.shape[1]), scaled.T @ wanted) / spread[:, None]


def slope_and_correlation(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return the slope and the correlation (B, 2) of found differences (M, B) with the true ones."""
    along, power = (found * true).sum(0), (true**2).sum(0)
    correlation = along / np.sqrt(np.maximum(power * (found**2).sum(0), 1e-12))
    return np.stack([along / np.maximum(power, 1e-9), correlation], 1)


def still_motion(found: np.ndarray, true: np.ndarray) -> np.ndarray:
    """Return the root mean square (B,) of found differences (M, B) where the true ones are none."""
    still = np.abs(true) < ABSENT
    return np.sqrt((found**2 * still).sum(0) / np.maximum(still.sum(0), 1))


def gain_of(table: np.ndarray) -> np.ndarray:
    """Return the gain (B,) with which readings vary as much as the weights do. table: see slope_and_correlation"""
    slope, correlation = table.T
    return np.clip(correlation / np.maximum(slope, 1e-3), 1, MOST_GAIN)
