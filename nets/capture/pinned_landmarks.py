# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured face follows landmarks that were placed by hand.

Displacements of the surface are a Gaussian process (Lüthi et al., PAMI 2018, section 3), as wrong captures are wrong:
a similarity of the whole head, and on it smooth changes of shape, wide ones and narrow ones. The face moves to the most
likely surface among those that pass through the given landmarks. So what lies near them follows, what lies far from
them keeps its shape, and depth, which a photo does not tell, changes only as the turn of the head has it.
"""

from __future__ import annotations

import numpy as np

from nets.geometry.pose import Pose, fit_pose
from nets.geometry.uv_layout import SIZE, UVLayout

# Standard deviations of the error of a capture, besides the head's place, which is off by the likely error
ARM = 80.0  # millimetres from the head's middle to where growth and turns make as much of a difference
SHAPE = ((3.0, 50.0), (2.5, 15.0))  # millimetres, over so many millimetres along the surface
HAND = 0.3  # millimetres by which a hand misses the place that it means
ROUNDS = 3  # turns are not linear


def follow(
    position_map: np.ndarray, landmarks: np.ndarray, targets: np.ndarray, layout: UVLayout, doubt: float
) -> np.ndarray:
    """The map (256, 256, 3) f4 in image space whose `landmarks` (K,), iBUG numbers, lie at targets (K, 2) pixels.

    The same landmark may not be given twice. doubt: the capture's likely error, pixels; if it is small, one landmark
    moves what is round it, if it is large, the head.
    """
    row, column = layout.landmarks[landmarks].T
    at = row * SIZE + column
    texels, on_face = layout.mean.reshape(-1, 3), layout.mask.ravel()
    smooth = _smoothness(texels, texels[at])
    among = smooth[at].astype(np.float64)
    points = position_map.reshape(-1, 3).astype(np.float64)
    for _ in range(ROUNDS):
        pose = fit_pose(texels[on_face], points[on_face])
        moves = _head_moves(points, pose, doubt)
        seen = moves[at][:, :2].reshape(-1, moves.shape[2])  # (2 K, 6)
        noise = (HAND * pose.scale) ** 2 * np.eye(len(seen))
        covariance = seen @ seen.T + np.kron(among, np.eye(2)) * pose.scale**2 + noise
        pull = np.linalg.solve(covariance, (targets - points[at, :2]).ravel())
        change = moves @ (seen.T @ pull)
        change[:, :2] += pose.scale**2 * smooth @ pull.reshape(-1, 2)
        points = points + change
    return points.reshape(SIZE, SIZE, 3).astype(np.float32)


def _smoothness(texels: np.ndarray, places: np.ndarray) -> np.ndarray:
    """(N, K): how far the shape's displacements at (N, 3) and at (K, 3) go together, square millimetres."""
    square = (texels**2).sum(1)[:, None] - 2 * texels @ places.T + (places**2).sum(1)
    return sum(deviation**2 * np.exp(-square / (2 * reach**2)) for deviation, reach in SHAPE)


def _head_moves(points: np.ndarray, pose: Pose, shift: float) -> np.ndarray:
    """(N, 3, 6): what moves of the head by one standard deviation do to points (N, 3) in image space: shifts along x
    and y, growth, and turns about x, y and z."""
    arms = (points - pose.translation) * shift / (ARM * pose.scale)
    turns = np.stack([np.cross(axis, arms) for axis in np.eye(3)], 2)
    shifts = np.zeros((len(points), 3, 2))
    shifts[:, 0, 0] = shifts[:, 1, 1] = shift
    return np.concatenate([shifts, arms[:, :, None], turns], 2)
