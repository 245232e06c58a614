# SPDX-License-Identifier: GPL-3.0-or-later
"""How dark hollows of the own head are, such as those of the ears: light reaches them from few directions."""

from __future__ import annotations

import numpy as np

from nets.topology.head_model import HeadModel

ROUNDS = 40  # of smoothing: hollows up to about 15 mm wide are filled
DEEP, DARKEST = 4.5, 0.55  # millimetres at which a hollow is as dark as any, and its brightness


def cavity_shade(model: HeadModel) -> np.ndarray:
    """Return the brightness (V,) float32 in [0, 1] of the mean head's vertices, 1 where the skin is not hollow."""
    quads = model.faces[model.part == model.part_names.index("skin")]
    points = model.neutral.astype(np.float64)
    sides = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
    one, other = np.concatenate([sides, sides[:, ::-1]]).T
    count = np.maximum(np.bincount(one, minlength=len(points)), 1)[:, None]
    smooth = points
    for _ in range(ROUNDS):
        smooth = np.stack([np.bincount(one, axis[other], len(points)) for axis in smooth.T], 1) / count
    corners = points[quads]
    facing = np.cross(corners[:, 2] - corners[:, 0], corners[:, 3] - corners[:, 1])
    normal = np.stack([np.bincount(quads.ravel(), np.repeat(axis, 4), len(points)) for axis in facing.T], 1)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    depth = ((smooth - points) * normal).sum(1)
    return np.float32(1 - (1 - DARKEST) * np.clip(depth / DEEP, 0, 1))
