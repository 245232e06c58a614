# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vertices of a head are its 68 landmarks."""

from functools import cache
from pathlib import Path

import numpy as np

MAP_SIZE = 256  # texels along each side of the UV layout


@cache
def layout_places(layout_file: Path, name: str = "landmarks") -> np.ndarray:
    """Return the landmarks' places (68, 2) in the UV layout, u, and v down. Raises OSError.

    layout_file: of the network's bundle; name: "features" for the points of the face that they are called after
    """
    with np.load(layout_file, allow_pickle=False) as stored:
        return (stored[name][:, ::-1] + 0.5) / MAP_SIZE


@cache
def head_landmarks(head_file: Path, layout_file: Path) -> np.ndarray:
    """Return the vertices (68,) of the extension's own head. Raises OSError."""
    with np.load(head_file, allow_pickle=False) as stored:
        return nearest_vertices(stored["chart"], layout_places(layout_file))


def grid_landmarks(uv: np.ndarray, layout_file: Path) -> np.ndarray:
    """Return the vertices (68,) of a capture's mesh with uv (N, 2), v up. Raises OSError."""
    return nearest_vertices(uv * (1, -1) + (0, 1), layout_places(layout_file))


def nearest_vertices(chart: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the vertices (K,) of a chart (V, 2), NaN where there is none, that are nearest to places (K, 2)."""
    return np.array([int(np.nanargmin(np.linalg.norm(chart - place, axis=1))) for place in places])
