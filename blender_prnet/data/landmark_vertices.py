# SPDX-License-Identifier: GPL-3.0-or-later
"""Which vertices of a head are its 68 landmarks, and which points of the UV layout the others are."""

from functools import cache
from pathlib import Path

import numpy as np

from ..interface import surface_points


@cache
def layout_places(layout_file: Path, name: str = "landmarks") -> np.ndarray:
    """Return the landmarks' places (68, 2) in the UV layout, u, and v down. Raises OSError.

    layout_file: of the network's bundle; name: "features" for the points of the face that they are called after
    """
    with np.load(layout_file, allow_pickle=False) as stored:
        return (stored[name][:, ::-1] + 0.5) / surface_points.SIDE


@cache
def head_landmarks(head_file: Path, layout_file: Path) -> np.ndarray:
    """Return the vertices (68,) of the extension's own head. Raises OSError."""
    with np.load(head_file, allow_pickle=False) as stored:
        return nearest_vertices(stored["chart"], layout_places(layout_file))


def grid_landmarks(uv: np.ndarray, layout_file: Path) -> np.ndarray:
    """Return the vertices (68,) of a capture's mesh with uv (N, 2), v up. Raises OSError."""
    return nearest_vertices(uv * (1, -1) + (0, 1), layout_places(layout_file))


@cache
def head_points(head_file: Path, layout_file: Path) -> np.ndarray:
    """Return the point, by the numbers of nets/interface/surface_points.py, at each vertex (V,) of the own head.

    -1 where a vertex is not on the face. Raises OSError.
    """
    with np.load(head_file, allow_pickle=False) as stored:
        points = np.full(len(stored["neutral"]), -1)
        chart = stored["chart"]
    points[: len(chart)] = _points_at(chart, layout_file)
    return points


def grid_points(uv: np.ndarray, layout_file: Path) -> np.ndarray:
    """Return the points at the vertices (N,) of a capture's mesh with uv (N, 2), v up. Raises OSError."""
    return _points_at(uv * (1, -1) + (0, 1), layout_file)


def _points_at(places: np.ndarray, layout_file: Path) -> np.ndarray:
    known = ~np.isnan(places[:, 0])
    points = np.full(len(places), -1)
    points[known] = surface_points.numbers_of(places[known])
    with np.load(layout_file, allow_pickle=False) as stored:
        on_face = stored["mask"].ravel()
    known[known] = on_face[points[known] - surface_points.FIRST_TEXEL]
    return np.where(known, points, -1)


def nearest_vertices(chart: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the vertices (K,) of a chart (V, 2), NaN where there is none, that are nearest to places (K, 2)."""
    return np.array([int(np.nanargmin(np.linalg.norm(chart - place, axis=1))) for place in places])
