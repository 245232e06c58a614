# SPDX-License-Identifier: GPL-3.0-or-later
"""The Basel Face Model of 2009 with FaceWarehouse's expressions, in the files that face3d makes of them.

BFM.mat holds a structure `model`: shapeMU (3N, 1), shapePC (3N, S), expMU (3N, 1), expPC (3N, E), tri (3, M) and
tri_mouth (3, K), kpt_ind (1, 68), numbered from 1. Coordinates are x, y, z of one vertex after the other, micrometres,
y up, z forward, x to the viewer's right. BFM_UV.mat holds UV (N, 2) in [0, 1], v up. Neither comes with this project.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from nets.errors import UnreadableError
from nets.geometry.rasteriser import Raster, rasterise
from nets.geometry.uv_layout import SIZE, UVLayout
from nets.lab.prn.layout import layout_of_surface, neck_of

REMEDY = "Give BFM.mat as face3d's generate.m writes it"
UV_REMEDY = "Give BFM_UV.mat as face3d's generate.m writes it, with --uv"


@dataclass(frozen=True)
class BaselModel:
    """The model, whose N vertices are numbered from 0.

    mean: (3N,) float32, face at rest; shape: (3N, S) float32 and expression: (3N, E) float32, its modes
    triangles: (M + K, 3) int32, with those that close the mouth
    landmarks: (68,) int32, vertices in iBUG order
    uv: (N, 2) float32
    """

    mean: np.ndarray
    shape: np.ndarray
    expression: np.ndarray
    triangles: np.ndarray
    landmarks: np.ndarray
    uv: np.ndarray

    def vertices(self, shape: np.ndarray, expression: np.ndarray) -> np.ndarray:
        """Return the vertices (N, 3) float32 of a face by its parameters (S,) and (E,)."""
        moved = self.mean + self.shape @ shape.astype(np.float32) + self.expression @ expression.astype(np.float32)
        return moved.reshape(-1, 3)

    @property
    def texels(self) -> np.ndarray:
        """Where the vertices lie in a map (N, 2) float32: column, row. Texel centres are at integers, as in PRN."""
        return np.stack([self.uv[:, 0], 1 - self.uv[:, 1]], 1) * np.float32(SIZE - 1)

    @cached_property
    def _raster(self) -> Raster:
        flat = np.concatenate([self.texels, np.zeros((len(self.uv), 1), np.float32)], 1)
        return rasterise(flat, self.triangles, (SIZE, SIZE))

    def position_map(self, vertices: np.ndarray) -> np.ndarray:
        """Return vertices (N, 3) in any frame as a map (256, 256, 3) float32, 0 beside the surface."""
        return self._raster.picture(self._raster.interpolate(vertices), 0)

    def layout(self, like: UVLayout) -> UVLayout:
        """Return the layout of these maps, without the neck, as PRN has it; like: gives the frame of the mean face."""
        column, row = np.rint(self.texels[self.landmarks]).astype(np.int32).T
        landmarks, surface = np.stack([row, column], 1), self._raster.mask
        mean = self.position_map(self.mean.reshape(-1, 3))
        whole = layout_of_surface(mean, surface, landmarks, like)
        return layout_of_surface(mean, surface & ~neck_of(whole), landmarks, like)


def load_basel_model(file: Path, uv_file: Path) -> BaselModel:
    """Load the model and its texture coordinates. Raises UnreadableError."""
    try:
        fields = _load(file, "model", REMEDY)[0, 0]
        mean = (fields["shapeMU"] + fields["expMU"]).ravel()
        triangles = np.concatenate([_rows_of_three(fields[name]) for name in ("tri", "tri_mouth")]) - 1
        landmarks, shape, expression = fields["kpt_ind"].ravel() - 1, fields["shapePC"], fields["expPC"]
    except (ValueError, IndexError, TypeError) as error:
        raise UnreadableError(f"not the face model's file ({error})", file, REMEDY) from None
    uv = _load(uv_file, "UV", UV_REMEDY)
    count = len(mean) // 3
    if len(mean) != 3 * count or len(shape) != len(mean) or len(expression) != len(mean) or len(landmarks) != 68:
        sizes = f"{len(mean)} mean, {len(shape)} shape, {len(expression)} expression rows, {len(landmarks)} landmarks"
        raise UnreadableError(f"parts that do not belong together: {sizes}", file, REMEDY)
    if min(triangles.min(), landmarks.min()) < 0 or max(triangles.max(), landmarks.max()) >= count:
        raise UnreadableError(f"triangles or landmarks beyond its {count} vertices", file, REMEDY)
    if uv.shape != (count, 2):
        raise UnreadableError(f"texture coordinates of shape {uv.shape}, not ({count}, 2)", uv_file, UV_REMEDY)
    numbers = (each.astype(np.float32) for each in (mean, shape, expression))
    return BaselModel(*numbers, triangles.astype(np.int32), landmarks.astype(np.int32), uv.astype(np.float32))


def _load(file: Path, name: str, remedy: str) -> np.ndarray:
    """Return a variable of a MATLAB file. Raises UnreadableError."""
    variables = load_mat(file, remedy)
    if name not in variables:
        raise UnreadableError(f"a MATLAB file without the variable {name}", file, remedy)
    return variables[name]


def load_mat(file: Path, remedy: str) -> dict[str, np.ndarray]:
    """Return the variables of a MATLAB file. Raises UnreadableError."""
    if not file.is_file():
        raise UnreadableError("no such file", file, remedy)
    try:
        return loadmat(file)
    except NotImplementedError:  # level 7.3, which is HDF5
        raise UnreadableError("a MATLAB file of version 7.3", file, "Save it in MATLAB with -v7") from None
    except Exception as error:  # a damaged file fails in many ways in scipy's reader
        raise UnreadableError(f"not a MATLAB file, or damaged ({error})", file, remedy) from None


def _rows_of_three(triangles: np.ndarray) -> np.ndarray:
    """Return triangles (M, 3); MATLAB's are (3, M)."""
    return (triangles.T if triangles.shape[0] == 3 else triangles).astype(np.int64).reshape(-1, 3)
