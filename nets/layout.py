# SPDX-License-Identifier: GPL-3.0-or-later
"""The UV layout: what each texel of a position map means. It travels with the weights as layout.npz."""

from dataclasses import dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

SIZE = 256
Density = Literal["dense", "medium"]
STEP = {"dense": 1, "medium": 2}


@dataclass(frozen=True)
class GridMesh:
    """A mesh whose vertices are texels of the position map.

    texels (N, 2) f4 row, column, whole but on the outline; uv (N, 2) f4, u right, v up, the same places; quads (Q, 4)
    and triangles (M, 3) i4, counter-clockwise seen from outside in a right-handed frame (y up).
    """

    texels: np.ndarray
    uv: np.ndarray
    quads: np.ndarray
    triangles: np.ndarray

    @cached_property
    def between(self) -> np.ndarray:
        """The vertices (K,) that lie between texels."""
        return np.flatnonzero((self.texels % 1).any(1))


@dataclass(frozen=True)
class UVLayout:
    """A layout of position maps (256, 256, C), row 0 at v = 1.

    mask (256, 256) bool, texels on the surface; landmarks (68, 2) i4 row, column in iBUG order; mean (256, 256, 3) f4,
    canonical vertices of the mean face in millimetres, y up, z forward, x to the subject's left, origin between the
    eyeballs (texels just off the surface continue it); weights (256, 256) f4, the training loss of each texel
    (PRN, Feng et al. 2018, section 3.2). bridged (256, 256) bool: texels inside lids and lips, see Bridge. anchors
    (P, 2) f4 row, column: where networks say how sure they are.
    """

    mask: np.ndarray
    landmarks: np.ndarray
    mean: np.ndarray
    weights: np.ndarray
    bridged: np.ndarray
    anchors: np.ndarray

    def mesh(self, density: Density = "dense") -> GridMesh:
        """The grid of valid texels as quads: every texel, or every second one in both directions.

        The outline, a staircase of texels, is smoothed.
        """
        step = STEP[density]
        rows = np.arange(step // 2, SIZE, step)
        valid = self.mask[np.ix_(rows, rows)]
        whole = valid[:-1, :-1] & valid[:-1, 1:] & valid[1:, :-1] & valid[1:, 1:]
        n = len(rows)
        r, c = np.nonzero(whole)
        corners = np.stack([r * n + c, (r + 1) * n + c, (r + 1) * n + c + 1, r * n + c + 1], 1)
        used, quads = np.unique(corners, return_inverse=True)
        quads = quads.reshape(-1, 4).astype(np.int32)
        texels = np.stack([rows[used // n], rows[used % n]], 1).astype(np.float32)
        texels = _smooth_outline(texels, quads, limit=0.25 * step)
        uv = np.stack([(texels[:, 1] + 0.5) / SIZE, 1 - (texels[:, 0] + 0.5) / SIZE], 1).astype(np.float32)
        triangles = np.concatenate([quads[:, [0, 1, 2]], quads[:, [0, 2, 3]]])
        return GridMesh(texels, uv, quads, triangles)

    def sample(self, mesh: GridMesh, position_map: np.ndarray) -> np.ndarray:
        """Values (N, C) of a map (256, 256, C) at the mesh's vertices, bilinear."""
        if position_map.ndim != 3:
            raise ValueError(f"a map has three dimensions, not {position_map.shape}")
        row, column = mesh.texels.astype(int).T
        values = position_map[row, column]
        values[mesh.between] = bilinear(position_map, *mesh.texels[mesh.between].T)
        return values

    def landmarks_of(self, position_map: np.ndarray) -> np.ndarray:
        """The 68 landmarks (…, 68, C) of maps (…, 256, 256, C)."""
        return position_map[..., self.landmarks[:, 0], self.landmarks[:, 1], :]

    def save(self, path: Path) -> None:
        np.savez_compressed(path, **{field.name: getattr(self, field.name) for field in fields(self)})

    @staticmethod
    def load(path: Path) -> "UVLayout":
        """Raises KeyError, ValueError or OSError if the file is not a layout."""
        with np.load(path, allow_pickle=False) as data:
            layout = UVLayout(**{field.name: data[field.name] for field in fields(UVLayout)})
        if layout.mean.shape != (SIZE, SIZE, 3) or layout.landmarks.shape != (68, 2):
            raise ValueError(f"mean {layout.mean.shape}, landmarks {layout.landmarks.shape}: not of this layout's size")
        return layout


def bilinear(values: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """A map (S, S, C) at places (N,) between its texels, (N, C)."""
    low_row, low_column = (np.clip(place.astype(int), 0, len(values) - 2) for place in (row, column))
    down = (row - low_row)[:, None].astype(values.dtype)
    right = (column - low_column)[:, None].astype(values.dtype)
    upper = values[low_row, low_column] * (1 - right) + values[low_row, low_column + 1] * right
    lower = values[low_row + 1, low_column] * (1 - right) + values[low_row + 1, low_column + 1] * right
    return upper * (1 - down) + lower * down


class Bridge:
    """Spans bridged texels smoothly between those round them: map[bridged] = matrix @ map[piers].

    bridged (S, S) bool; piers: (rows, columns) of the K texels next to them; matrix (H, K) f4, the discrete harmonic
    (membrane) solution, rows summing to one.
    """

    def __init__(self, bridged: np.ndarray):
        rows, columns = np.nonzero(bridged)
        number = np.full(bridged.shape, -1)
        number[rows, columns] = np.arange(len(rows))
        reached = np.zeros_like(bridged)
        steps = ((0, 1), (0, -1), (1, 0), (-1, 0))
        for down, right in steps:
            reached[rows + down, columns + right] = True
        self.piers = np.nonzero(reached & ~bridged)
        pier_number = np.full(bridged.shape, -1)
        pier_number[self.piers] = np.arange(len(self.piers[0]))
        system, source = np.zeros((len(rows),) * 2), np.zeros((len(rows), len(self.piers[0])))
        for down, right in steps:
            here, there = number[rows, columns], (rows + down, columns + right)
            system[here, here] += 1
            inner = bridged[there]
            system[here[inner], number[there][inner]] -= 1
            source[here[~inner], pier_number[there][~inner]] += 1
        self.matrix = np.linalg.solve(system, source).astype(np.float32)


def _smooth_outline(texels: np.ndarray, quads: np.ndarray, limit: float, rounds: int = 12) -> np.ndarray:
    """The places (N, 2) with those on the mesh's outline moved towards their neighbours' mean, by at most a limit."""
    edges = np.sort(np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)]), 1)
    edges, count = np.unique(edges, axis=0, return_counts=True)
    edges = edges[count == 1]
    ends, others = np.concatenate([edges, edges[:, ::-1]]).T
    degree = np.bincount(ends, minlength=len(texels))[:, None]
    smooth = texels.astype(np.float64)
    for _ in range(rounds):
        total = np.stack([np.bincount(ends, smooth[others, axis], len(texels)) for axis in (0, 1)], 1)
        smooth = np.where(degree > 0, (smooth + total / np.maximum(degree, 1)) / 2, smooth)
        smooth = np.clip(smooth, texels - limit, texels + limit)
    return smooth.astype(np.float32)
