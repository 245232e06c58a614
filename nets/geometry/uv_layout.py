# SPDX-License-Identifier: GPL-3.0-or-later
"""The UV layout: what each texel of a position map means. It is stored with the weights as layout.npz."""

from dataclasses import MISSING, dataclass, fields
from functools import cached_property
from pathlib import Path
from typing import Literal

import numpy as np

from nets.geometry.grid_mesh import GridMesh, dense_mesh, optimal_grid_lines, thin_mesh
from nets.interface.npz_damage import NPZ_DAMAGE

SIZE = 256
Density = Literal["dense", "medium", "light"]
LIGHT_LINES = 58  # rows, and as many columns, of the light mesh
EARS_DEPTH, EARS_HEIGHT = -55, (-62, 5)  # canonical millimetres: ears lie behind this z, between these y
FACE_WEIGHT = 1.0  # loss weight above which a texel belongs to the face, not to ears and neck


@dataclass(frozen=True, eq=False)  # compared and hashed by identity: arrays are neither equal nor hashable
class UVLayout:
    """A layout of position maps (256, 256, C), row 0 at v = 1.

    mask: (256, 256) bool, texels on the surface
    landmarks: (68, 2) int32, row and column of each landmark in iBUG order
    mean: (256, 256, 3) float32, the mean face in canonical millimetres: y up, z forward, x to the subject's left,
        origin between the eyeballs; texels just off the surface continue it
    weights: (256, 256) float32, each texel's weight in the training loss (PRN, Feng et al. 2018, section 3.2)
    bridged: (256, 256) bool, texels inside lids and lips, see HarmonicFill
    anchors: (P, 2) float32, row and column of the places at which networks predict visibility and uncertainty
    model_vertices: (64, 64, 4) int32, the vertices of the face model round the centre of each texel of the coarse map,
        numbered as nets.topology.chart_warp.with_patches returns them
    model_weights: (64, 64, 4) float32, their bilinear weights; both are None in a layout without a face model
    features: (68, 2) int32, row and column of the points of the face model that the landmarks are called after, such as
        the edges of the lids: people place landmarks elsewhere. None: they are the landmarks
    """

    mask: np.ndarray
    landmarks: np.ndarray
    mean: np.ndarray
    weights: np.ndarray
    bridged: np.ndarray
    anchors: np.ndarray
    model_vertices: np.ndarray | None = None
    model_weights: np.ndarray | None = None
    features: np.ndarray | None = None

    def mesh(self, density: Density = "dense") -> GridMesh:
        """Return a mesh of the valid texels.

        "dense" has all of them, "medium" those of every second row and column, "light" those of the LIGHT_LINES rows
        and columns that describe the face best.
        """
        if density == "dense":
            return self._dense_mesh
        every_second = np.arange(1, SIZE, 2)
        rows, columns = self._optimal_lines() if density == "light" else (every_second, every_second)
        return thin_mesh(self._dense_mesh, rows, columns)

    @cached_property
    def ears(self) -> np.ndarray:
        """Texels on the ears and on the head behind them, (256, 256) bool."""
        _, y, z = np.moveaxis(self.mean, -1, 0)
        return self.mask & (z < EARS_DEPTH) & (y > EARS_HEIGHT[0]) & (y < EARS_HEIGHT[1])

    @cached_property
    def _dense_mesh(self) -> GridMesh:
        return dense_mesh(self.mask)

    def _optimal_lines(self) -> tuple[np.ndarray, np.ndarray]:
        """Return the light mesh's rows, and its columns, which are symmetric."""
        weights = self.weights**0.65  # ears count for little in training, but they are seen
        half = SIZE // 2 - 1  # not the two columns in the middle, which would be neighbours
        left = optimal_grid_lines(self.mean[:, :half].swapaxes(0, 1), weights[:, :half].T, LIGHT_LINES // 2)
        return optimal_grid_lines(self.mean, weights, LIGHT_LINES), np.concatenate([left, SIZE - 1 - left[::-1]])

    def sample(self, mesh: GridMesh, position_map: np.ndarray) -> np.ndarray:
        """Sample a map (256, 256, C) at the mesh's vertices, (N, C), bilinear."""
        if position_map.ndim != 3:
            raise ValueError(f"a map has three dimensions, not {position_map.shape}")
        row, column = mesh.texels.astype(int).T
        values = position_map[row, column]
        values[mesh.between] = bilinear(position_map, *mesh.texels[mesh.between].T)
        return values

    @property
    def feature_texels(self) -> np.ndarray:
        """The features (68, 2), or the landmarks of a layout without them."""
        return self.landmarks if self.features is None else self.features

    def features_of(self, position_map: np.ndarray) -> np.ndarray:
        """Return the features (..., 68, C) of maps (..., 256, 256, C)."""
        rows, columns = self.feature_texels.T
        return position_map[..., rows, columns, :]

    def landmarks_of(self, position_map: np.ndarray) -> np.ndarray:
        """Return the 68 landmarks (..., 68, C) of maps (..., 256, 256, C)."""
        return position_map[..., self.landmarks[:, 0], self.landmarks[:, 1], :]

    def save(self, path: Path) -> None:
        """Write the layout as a .npz file."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self)}
        np.savez_compressed(path, **{name: array for name, array in arrays.items() if array is not None})

    @staticmethod
    def load(path: Path) -> "UVLayout":
        """Read a .npz file. Raises ValueError if it is not a layout."""
        try:
            with np.load(path, allow_pickle=False) as data:
                names = [each.name for each in fields(UVLayout) if each.default is MISSING or each.name in data]
                layout = UVLayout(**{name: data[name] for name in names})
        except NPZ_DAMAGE as error:
            raise ValueError(f"{type(error).__name__}: {error}") from error
        if layout.mean.shape != (SIZE, SIZE, 3) or layout.landmarks.shape != (68, 2):
            raise ValueError(f"mean {layout.mean.shape}, landmarks {layout.landmarks.shape}: not of this layout's size")
        return layout


def bilinear(values: np.ndarray, row: np.ndarray, column: np.ndarray) -> np.ndarray:
    """Sample a map (S, S, C) at rows (N,) and columns (N,) between its texels, (N, C)."""
    low_row, low_column = (np.clip(place.astype(int), 0, len(values) - 2) for place in (row, column))
    down = (row - low_row)[:, None].astype(values.dtype)
    right = (column - low_column)[:, None].astype(values.dtype)
    upper = values[low_row, low_column] * (1 - right) + values[low_row, low_column + 1] * right
    lower = values[low_row + 1, low_column] * (1 - right) + values[low_row + 1, low_column + 1] * right
    return upper * (1 - down) + lower * down


class HarmonicFill:
    """Fills the H bridged texels of a map smoothly from the texels around them: map[bridged] = matrix @ map[boundary].

    boundary: (rows, columns) of the K texels next to the bridged ones
    matrix: (H, K) float32, the discrete harmonic (membrane) solution, whose rows sum to one
    """

    def __init__(self, bridged: np.ndarray):
        """Compute the matrix for the bridged texels, (S, S) bool."""
        rows, columns = np.nonzero(bridged)
        number = np.full(bridged.shape, -1)
        number[rows, columns] = np.arange(len(rows))
        reached = np.zeros_like(bridged)
        steps = ((0, 1), (0, -1), (1, 0), (-1, 0))
        for down, right in steps:
            reached[rows + down, columns + right] = True
        self.boundary = np.nonzero(reached & ~bridged)
        boundary_number = np.full(bridged.shape, -1)
        boundary_number[self.boundary] = np.arange(len(self.boundary[0]))
        system, source = np.zeros((len(rows),) * 2), np.zeros((len(rows), len(self.boundary[0])))
        for down, right in steps:
            here, there = number[rows, columns], (rows + down, columns + right)
            system[here, here] += 1
            inner = bridged[there]
            system[here[inner], number[there][inner]] -= 1
            source[here[~inner], boundary_number[there][~inner]] += 1
        self.matrix = np.linalg.solve(system, source).astype(np.float32)
