# SPDX-License-Identifier: GPL-3.0-or-later
"""Takes the skin out of itself, at rest and with each expression: lips that sink into each other, folds at the corners
of the mouth and in the nostrils.

What the shapes are learned from crosses itself there, as linear shapes do where skin touches skin.
"""

from __future__ import annotations

import numpy as np
from scipy.sparse import coo_matrix, csr_matrix
from scipy.spatial import cKDTree

from nets.lab.crossings import self_crossings
from nets.lab.head.closed_mouth import carry_lips

ROUNDS = 400  # of moving what crosses, at most
STEP = 0.04  # millimetres by which a round draws skin that touches skin back into its own side
RELAXED = 0.25  # of the way to the mean of its neighbours that a round moves what crosses: folds open so
SPREAD = 4  # rings of neighbours that follow, less and less
NEAR = 12.0  # millimetres round what crosses at first, in which crossings are looked for again
CLOSING, OPENING = "mouthClose", "jawOpen"  # the first is meant to be seen on top of the second
ALIKE = 0.5  # millimetres by which a vertex may miss its counterpart on the head's other side


def untangle_head(arrays: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the arrays of a head, see nets/lab/head/build.py, whose skin crosses itself neither at rest nor with an
    expression at 1, as far as ROUNDS allow. Only `neutral` and `expression` change, and the mean head stays symmetric.

    Lids stay as they are: what crosses there lies in their folds, and the fit closes lids again on each head, see
    nets/topology/lids.py.
    """
    count, faces = int(arrays["part_ends"][0]), arrays["faces"]
    lids = np.concatenate([arrays[f"{side}_lid_columns"].ravel() for side in ("left", "right")])
    skin = Untangler(faces[(faces < count).all(1) & ~np.isin(faces, lids).any(1)], count)
    drawn, rest = (arrays["neutral"].astype(np.float64) for _ in range(2))
    mirror = _mirror(drawn[:count])
    apart = skin.untangled(drawn[:count]) - drawn[:count]
    rest[:count] += (apart + apart[mirror] * (-1, 1, 1)) / 2
    names = [str(name) for name in arrays["expression_names"]]
    posed = arrays["expression"].astype(np.float64)
    for name, shape in zip(names, posed, strict=True):
        if name != CLOSING:
            shape[:count] = skin.untangled((rest + shape)[:count]) - rest[:count]
    opened, closed = (posed[names.index(name), :count] for name in (OPENING, CLOSING))
    closed[:] = carry_lips(rest[:count], opened + closed) - opened
    return arrays | {"neutral": rest.astype(np.float32), "expression": posed.astype(np.float32)}


class Untangler:
    """A surface of quads (F, 4) on V vertices, in any pose. Each quad counts as cut along either diagonal."""

    def __init__(self, quads: np.ndarray, count: int):
        self.triangles = np.concatenate([quads[:, [k, (k + 1) % 4, (k + 2) % 4]] for k in range(4)])
        sides = np.concatenate([self.triangles[:, [k, (k + 1) % 3]] for k in range(3)])
        one, other = np.concatenate([sides, sides[:, ::-1]]).T
        near = (coo_matrix((np.ones(len(one)), (one, other)), (count, count)).tocsr() > 0).astype(np.float64)
        self._mean = csr_matrix(near.multiply(1 / np.maximum(near.sum(1), 1)))

    def untangled(self, points: np.ndarray) -> np.ndarray:
        """Return points (V, 3), moved until the surface does not cross itself, or ROUNDS times."""
        pairs = self_crossings(points, self.triangles)
        if not len(pairs):
            return points
        centres = points[self.triangles].mean(1)
        region = cKDTree(centres[np.unique(pairs)]).query(centres, distance_upper_bound=NEAR)[0] < NEAR
        near, moved = self.triangles[region], points.astype(np.float64)
        for _ in range(ROUNDS):
            pairs = self_crossings(moved, near)
            if not len(pairs):
                break
            moved = moved + self._push(moved, near, pairs)
        return moved

    def _push(self, points: np.ndarray, triangles: np.ndarray, pairs: np.ndarray) -> np.ndarray:
        """Return how a round moves the points (V, 3) so that the pairs (K, 2) of triangles (M, 3) come apart."""
        crossing = np.unique(pairs)
        a, b, c = np.moveaxis(points[triangles[crossing]], 1, 0)
        normal = np.cross(b - a, c - a)
        normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-12)
        of = np.searchsorted(crossing, pairs)
        facing = (normal[of[:, 0]] * normal[of[:, 1]]).sum(1) < 0
        touches = np.isin(np.arange(len(crossing)), of[facing])
        corners = triangles[crossing].ravel()
        back = np.repeat(-STEP * normal * touches[:, None], 3, 0)
        hits = np.bincount(corners, minlength=len(points))
        push = np.stack([np.bincount(corners, axis, len(points)) for axis in back.T], 1)
        push /= np.maximum(hits, 1)[:, None]
        push += RELAXED * (hits > 0)[:, None] * (self._mean @ points - points)
        reach = (hits > 0).astype(np.float64)
        for _ in range(SPREAD):
            push, reach = (push + self._mean @ push) / 2, (reach + self._mean @ reach) / 2
        return push / max(float(reach.max()), 1e-9)


def _mirror(points: np.ndarray) -> np.ndarray:
    """Return each vertex' counterpart (V,) on the other side of a symmetric surface; without one, itself."""
    distance, other = cKDTree(points).query(points * (-1, 1, 1))
    return np.where(distance < ALIKE, other, np.arange(len(points)))
