# SPDX-License-Identifier: GPL-3.0-or-later
"""The normal equations of an adjustment: shape and lenses are shared, expression and pose belong to one view each.

Each view's own unknowns are eliminated (Schur complement: Triggs et al., Bundle Adjustment, 2000, section 6.1), so that
time grows with the number of views, and not with its cube.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.merge.shape_space import ShapeSpace


@dataclass(frozen=True)
class ViewPart:
    """One view's residuals and their derivatives, millimetres.

    residual: (N, 2); weights: (N,), 1 / mm²
    with_points: (N, 2, 3); own: (N, 2, P), expression codes and pose; lens: (N, 2), the logarithm of the focal length
    group: which of the lenses the view has
    prior: (P,), precision of the own unknowns; pull: (P,), the gradient of the prior
    """

    residual: np.ndarray
    weights: np.ndarray
    with_points: np.ndarray
    own: np.ndarray
    lens: np.ndarray
    group: int
    prior: np.ndarray
    pull: np.ndarray


class NormalEquations:
    """Shared unknowns: identity codes, the rest's coefficients (all x, all y, all z), logarithms of focal lengths."""

    def __init__(self, space: ShapeSpace, prior: np.ndarray, pull: np.ndarray, shape_moves: bool = True):
        """prior: (S, S), precision of the shared unknowns; pull: (S,), the prior's gradient.

        shape_moves: if not, the step moves only the lenses and the views' own unknowns
        """
        self._space, self._views, self._moves = space, [], shape_moves
        self.matrix, self.right = prior.copy(), pull.copy()
        self._shape = space.identity.shape[2] + 3 * space.spline.shape[1]
        self._points, self._moments = np.zeros((len(space.spline), 3, 3)), np.zeros((len(space.spline), 3))

    def add(self, part: ViewPart) -> None:
        """Add a view."""
        weighted = part.weights[:, None, None] * part.with_points
        turned = weighted.swapaxes(1, 2)
        self._points += turned @ part.with_points
        self._moments += (turned @ part.residual[..., None])[..., 0]
        lens = self._shape + part.group
        both = np.concatenate([part.own, part.lens[..., None]], 2)
        flat, count = both.reshape(-1, both.shape[2]), part.own.shape[2]
        square = (part.weights[:, None, None] * both).reshape(flat.shape).T
        own_right = square @ part.residual.ravel()
        square = square @ flat
        across = self._to_shape(turned @ both)
        self.matrix[: self._shape, lens] += across[:, -1]
        self.matrix[lens, : self._shape] += across[:, -1]
        self.matrix[lens, lens] += square[-1, -1]
        self.right[lens] += own_right[-1]
        coupling = np.zeros((len(self.matrix), count))
        coupling[: self._shape], coupling[lens] = across[:, :-1], square[-1, :-1]
        block = square[:-1, :-1] + np.diag(part.prior)
        self._views.append((block, coupling, own_right[:-1] + part.pull))

    def solve(self) -> tuple[np.ndarray, list[np.ndarray], np.ndarray]:
        """Return the steps of the shared unknowns (S,) and of each view's own, and the shared ones' precision (S, S).

        That precision is after all views' own unknowns are left free; it is of the lenses alone if the shape is held.
        """
        moving = slice(0 if self._moves else self._shape, None)
        if self._moves:
            self._add_shape()
        reduced, right = self.matrix[moving, moving], self.right[moving]
        eliminated = []
        for block, coupling, own_right in self._views:
            coupling = coupling[moving]
            both = np.linalg.solve(block, np.concatenate([coupling.T, own_right[:, None]], 1))
            eliminated.append(both)
            reduced -= coupling @ both[:, :-1]
            right -= coupling @ both[:, -1]
        step = np.linalg.solve(reduced, right)
        shared = np.zeros(len(self.right))
        shared[moving] = step
        return shared, [both[:, -1] - both[:, :-1] @ step for both in eliminated], reduced

    def _to_shape(self, values: np.ndarray) -> np.ndarray:
        """Multiply by the transposed derivatives of the nodes with the shape: (N, 3, C) to (shape's unknowns, C)."""
        identity, values = self._space.identity, values.astype(np.float32)
        by_codes = identity.reshape(-1, identity.shape[2]).T @ values.reshape(-1, values.shape[2])
        return np.concatenate([by_codes, *(self._space.spline.T @ values[:, axis] for axis in range(3))])

    def _add_shape(self) -> None:
        space, points = self._space, self._points.astype(np.float32)
        codes, count = space.identity.shape[2], space.spline.shape[1]
        columns = self._to_shape(points @ space.identity)
        self.matrix[: self._shape, :codes] += columns
        self.matrix[:codes, codes : self._shape] += columns[codes:].T
        for one in range(3):
            for other in range(3):
                rows, across = (slice(codes + axis * count, codes + (axis + 1) * count) for axis in (one, other))
                if one <= other:
                    product = (space.spline * points[:, one, other, None]).T @ space.spline
                    self.matrix[rows, across] += product
                    if one < other:
                        self.matrix[across, rows] += product
        self.right[: self._shape] += self._to_shape(self._moments[..., None])[:, 0]
