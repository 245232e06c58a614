# SPDX-License-Identifier: GPL-3.0-or-later
"""The shapes that an adjustment may choose from: a network's shape bases, and a smooth rest on top of the identity.

Offsets from the mean face live on the coarse map's 64 x 64 texels, canonical millimetres. The rest is a uniform cubic
B-spline over the chart (free-form deformation: Rueckert et al., IEEE TMI 1999, section II.B, with its bending energy).
"""

from __future__ import annotations

import numpy as np

from nets.geometry.coarse_map import COARSE, CoarseShape
from nets.geometry.uv_layout import FACE_WEIGHT
from nets.merge.shape import averaged
from nets.model.networks.shape_codes import IDENTITY_SIZE

CELLS = 22  # of the spline along each side of the chart
BEND, STRAY = 10.0, 3.0  # millimetres, standard deviations of the spline's second differences and of its coefficients
REACHED = 1e-3  # sum of a coefficient's influences on the nodes from which it is used


class ShapeSpace:
    """Shapes at N nodes, which are the coarse texels that lie wholly on the face, and on the whole coarse map.

    rows, columns: (N,) int64, the nodes' places on the coarse map
    identity, expression: (N, 3, K) float32, how the codes move each node, millimetres
    spline: (N, M) float32, the influence of the rest's M coefficients, which are (M, 3) millimetres
    stiffness: (M, M), the inverse of the coefficients' prior covariance, the same for x, y and z
    """

    def __init__(self, coarse: CoarseShape, basis: np.ndarray):
        """basis: (K, 64, 64, 3), of identity and expression, see nets.merge.separation.Separation."""
        layout = coarse.layout
        face = layout.mask & ~layout.bridged & (layout.weights > FACE_WEIGHT)
        self.rows, self.columns = np.nonzero(averaged(face) == 1)
        self.basis = basis
        at_nodes = basis[:, self.rows, self.columns].transpose(1, 2, 0)
        self.identity = np.ascontiguousarray(at_nodes[..., :IDENTITY_SIZE], np.float32)
        self.expression = np.ascontiguousarray(at_nodes[..., IDENTITY_SIZE:], np.float32)
        along = _b_spline(COARSE, CELLS)
        side = along.shape[1]
        everywhere = np.einsum("ri,cj->rcij", along, along).reshape(COARSE, COARSE, side * side)
        used = everywhere[self.rows, self.columns].sum(0) > REACHED
        self._everywhere = everywhere[..., used].astype(np.float32)
        self.spline = self._everywhere[self.rows, self.columns]
        bends = _second_differences(used.reshape(side, side))
        self.stiffness = bends.T @ bends / BEND**2 + np.eye(int(used.sum())) / STRAY**2

    def at_nodes(self, coarse: np.ndarray) -> np.ndarray:
        """Return a coarse map's values (N, C) at the nodes."""
        return coarse[self.rows, self.columns]

    def identity_offset(self, codes: np.ndarray, rest: np.ndarray) -> np.ndarray:
        """Return the coarse map (64, 64, 3) float32 of identity codes and of the rest's coefficients (M, 3)."""
        offset = np.tensordot(codes, self.basis[:IDENTITY_SIZE], 1) + self._everywhere @ rest
        return offset.astype(np.float32)

    def expression_offset(self, codes: np.ndarray) -> np.ndarray:
        """Return the coarse map (64, 64, 3) float32 of expression codes."""
        return np.tensordot(codes, self.basis[IDENTITY_SIZE:], 1).astype(np.float32)

    def spread(self, covariance: np.ndarray) -> np.ndarray:
        """Return the standard deviation (64, 64) float32, millimetres, of each texel's place.

        covariance: of identity codes and the rest's coefficients, all x, then all y, then all z
        """
        count = self.spline.shape[1]
        variance = np.zeros(COARSE * COARSE)
        codes = self.basis[:IDENTITY_SIZE].reshape(IDENTITY_SIZE, -1, 3)
        spline = self._everywhere.reshape(-1, count)
        for axis in range(3):
            part = np.r_[np.arange(IDENTITY_SIZE), IDENTITY_SIZE + axis * count + np.arange(count)]
            design = np.concatenate([codes[..., axis].T, spline], 1).astype(np.float32)
            variance += ((design @ covariance[np.ix_(part, part)].astype(np.float32)) * design).sum(1)
        return np.sqrt(np.maximum(variance, 0)).reshape(COARSE, COARSE).astype(np.float32)


def _b_spline(size: int, cells: int) -> np.ndarray:
    """Return the cubic B-splines (size, cells + 3) at the centres of `size` texels."""
    place = (np.arange(size) + 0.5) / size * cells
    cell = place.astype(int)
    t = place - cell
    values = np.zeros((size, cells + 3))
    pieces = (1 - t) ** 3, 3 * t**3 - 6 * t**2 + 4, -3 * t**3 + 3 * t**2 + 3 * t + 1, t**3
    for step, piece in enumerate(pieces):
        values[np.arange(size), cell + step] = piece / 6
    return values


def _second_differences(used: np.ndarray) -> np.ndarray:
    """Return the second differences (E, M) between neighbours among the used coefficients (side, side) bool."""
    number = np.where(used, used.cumsum().reshape(used.shape) - 1, -1)
    rows = []
    stencils = (
        (((0, 0), 1.0), ((1, 0), -2.0), ((2, 0), 1.0)),
        (((0, 0), 1.0), ((0, 1), -2.0), ((0, 2), 1.0)),
        (((0, 0), 2**0.5), ((1, 0), -(2**0.5)), ((0, 1), -(2**0.5)), ((1, 1), 2**0.5)),
    )
    for stencil in stencils:
        down, right = np.max([place for place, _ in stencil], 0)
        height, width = used.shape[0] - down, used.shape[1] - right
        cells = np.stack([number[r : r + height, c : c + width].ravel() for (r, c), _ in stencil], 1)
        cells = cells[(cells >= 0).all(1)]
        part = np.zeros((len(cells), int(used.sum())))
        for corner, (_, factor) in enumerate(stencil):
            part[np.arange(len(cells)), cells[:, corner]] = factor
        rows.append(part)
    return np.concatenate(rows)
