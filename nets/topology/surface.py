# SPDX-License-Identifier: GPL-3.0-or-later
"""The places of a head model's vertices on a captured surface."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np

from nets.errors import UsageError
from nets.geometry.grid_mesh import GridMesh
from nets.geometry.inpainting import push_pull
from nets.geometry.uv_layout import SIZE, Density, UVLayout
from nets.topology.head_model import HeadModel

MAX_WEIGHT = 4.0  # of the layout's loss weights, in which single texels at landmarks have more
MAP = 64  # texels along a side of a smooth map
SUPPORTED = 0.5  # share of a place's neighbours on the surface from which it is part of the surface


@dataclass(frozen=True)
class CapturedSurface:
    """The model's first N vertices, those that may lie in the chart, on a captured surface.

    points: (N, 3) float32, canonical millimetres
    weights: (N,) float32, 0 outside the chart, inside lids and lips, which no map shows, and where the mesh has no
        surface
    """

    points: np.ndarray
    weights: np.ndarray


class Correspondence:
    """Finds the model's vertices on any number of captures in one layout."""

    def __init__(self, model: HeadModel, layout: UVLayout):
        self.neutral, self.layout = model.neutral[: len(model.chart)], layout
        self._in_chart = in_chart = ~np.isnan(model.chart[:, 0])
        u, v = np.where(in_chart[:, None], model.chart, 0.5).T
        self.texels = np.stack([(1 - v) * SIZE - 0.5, u * SIZE - 0.5], 1)
        row, column = np.clip(self.texels.round().astype(int), 0, SIZE - 1).T
        weights = np.minimum(layout.weights[row, column], MAX_WEIGHT)
        self.weights = np.where(layout.bridged[row, column] | ~in_chart, 0, weights).astype(np.float32)
        self.meshes = [layout.mesh(density) for density in get_args(Density)]

    def surface(self, vertices: np.ndarray) -> CapturedSurface:
        """Return the surface of a capture's canonical vertices (N, 3), millimetres, on any of the layout's meshes.

        The difference between a capture and the mean face is smooth even where the face itself is not, at nostrils and
        ears, so the difference is interpolated between the mesh's vertices. Raises UsageError.
        """
        offsets, support = self._offsets(vertices, self.texels)
        weights = np.where(support > SUPPORTED, self.weights, 0)
        return CapturedSurface((self.neutral + offsets).astype(np.float32), weights.astype(np.float32))

    def sampled(self, values: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return what values (M, C) of a capture's vertices are at the model's first N vertices, (N, C), and where that
        is known, (N,) bool: on the captured surface. Raises UsageError."""
        found, support = self._at_places(self._mesh_of(values), values, self.texels)
        return found, (support > SUPPORTED) & self._in_chart

    def map_of(self, values: np.ndarray) -> np.ndarray:
        """Return values (M,) of a capture's vertices as a smooth map (MAP, MAP) float32 in the layout. Raises
        UsageError."""
        places = (np.arange(MAP) + 0.5) * SIZE / MAP - 0.5
        texels = np.stack(np.meshgrid(places, places, indexing="ij"), -1).reshape(-1, 2)
        found, support = self._at_places(self._mesh_of(values), values[:, None], texels)
        return push_pull(found.reshape(MAP, MAP, 1), (support > 0).reshape(MAP, MAP).astype(np.float32))[..., 0]

    def points(self, vertices: np.ndarray, texels: np.ndarray) -> np.ndarray:
        """Return the points (K, 3), millimetres, of a capture's surface at texels (K, 2), row and column. Raises
        UsageError."""
        row, column = np.clip(np.round(texels).astype(int), 0, SIZE - 1).T
        return self.layout.mean[row, column] + self._offsets(vertices, texels)[0]

    def _offsets(self, vertices: np.ndarray, texels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return how far a capture's surface is from the mean face at texels (K, 2): (K, 3), and the support (K,)."""
        mesh = self._mesh_of(vertices)
        return self._at_places(mesh, vertices - self.layout.sample(mesh, self.layout.mean), texels)

    def _mesh_of(self, vertices: np.ndarray) -> GridMesh:
        mesh = next((mesh for mesh in self.meshes if len(mesh.texels) == len(vertices)), None)
        if mesh is None:
            raise UsageError(f"a mesh of {len(vertices)} vertices is not a capture as it was made")
        return mesh

    @staticmethod
    def _at_places(mesh: GridMesh, values: np.ndarray, texels: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return values (M, C) of a mesh's vertices between them, at texels (K, 2): (K, C), and their support (K,)."""
        grid = np.zeros((len(mesh.rows), len(mesh.columns), values.shape[1] + 1), np.float32)
        row, column = mesh.nodes.T
        grid[row, column, :-1] = values
        grid[row, column, -1] = 1
        lines = zip(texels.T, (mesh.rows, mesh.columns), strict=True)
        places = np.stack([np.interp(texel, line, np.arange(len(line))) for texel, line in lines], 1)
        return _between(grid, places)


def _between(grid: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Interpolate a grid (m, n, C + 1), whose last channel is 1 where there is a value, at places (N, 2).

    Returns the values (N, C) and the share (N,) of the neighbours that have one.
    """
    low = np.clip(np.floor(places).astype(int), 0, np.array(grid.shape[:2]) - 2)
    down, right = np.clip(places - low, 0, 1).T
    total = np.zeros((len(places), grid.shape[2]))
    for r, c, weight in (
        (0, 0, (1 - down) * (1 - right)),
        (0, 1, (1 - down) * right),
        (1, 0, down * (1 - right)),
        (1, 1, down * right),
    ):
        corner = grid[low[:, 0] + r, low[:, 1] + c]
        total += weight[:, None] * corner * corner[:, -1:]
    return total[:, :-1] / np.maximum(total[:, -1:], 1e-6), total[:, -1]
