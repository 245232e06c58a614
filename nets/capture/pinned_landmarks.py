# SPDX-License-Identifier: GPL-3.0-or-later
"""Deformation of a captured face so that it passes through points that were placed by hand.

Displacements of the surface are a Gaussian process (Lüthi et al., PAMI 2018, section 3) that models the errors of
captures: a similarity of the whole head and smooth changes of shape, wide and narrow ones. The face moves to the most
likely of the surfaces that pass through the given points. So the surface near them follows, the surface far from
them keeps its shape, and depth, which a photo does not show, changes only by the rotation of the head.
"""

from __future__ import annotations

import numpy as np

from nets.errors import UsageError
from nets.geometry.pose import Pose, fit_pose
from nets.geometry.uv_layout import SIZE, UVLayout
from nets.interface import surface_points

# Standard deviations of the error of a capture. That of the head's place is the capture's uncertainty.
ARM = 80.0  # millimetres from the head's origin at which scale and rotation are off by as much as the place
SHAPE = ((3.0, 50.0), (2.5, 15.0))  # (millimetres, length scale in millimetres) of the changes of shape
HAND = 0.3  # millimetres by which a point is misplaced by hand
ROUNDS = 3  # of linearisation: rotations are not linear


def follow_pins(
    position_map: np.ndarray, points: np.ndarray, targets: np.ndarray, layout: UVLayout, uncertainty: float
) -> np.ndarray:
    """Return the map (256, 256, 3) float32 in image space, deformed so that its points lie at their targets.

    points: (K,), numbers of nets.interface.surface_points, each once
    targets: (K, 2), pixels
    uncertainty: the capture's expected error, pixels; if it is small, a point moves the surface around it, if it is
        large, the whole head

    Raises UsageError where a point is not on the face.
    """
    row, column = texels_on_face(points, layout).T
    at = row * SIZE + column
    texels, on_face = layout.mean.reshape(-1, 3), layout.mask.ravel()
    smooth = _smoothness(texels, texels[at])
    among = smooth[at].astype(np.float64)
    surface = position_map.reshape(-1, 3).astype(np.float64)
    for _ in range(ROUNDS):
        pose = fit_pose(texels[on_face], surface[on_face])
        moves = _head_moves(surface, pose, uncertainty)
        seen = moves[at][:, :2].reshape(-1, moves.shape[2])  # (2 K, 6)
        noise = (HAND * pose.scale) ** 2 * np.eye(len(seen))
        covariance = seen @ seen.T + np.kron(among, np.eye(2)) * pose.scale**2 + noise
        pull = np.linalg.solve(covariance, (targets - surface[at, :2]).ravel())
        change = moves @ (seen.T @ pull)
        change[:, :2] += pose.scale**2 * smooth @ pull.reshape(-1, 2)
        surface = surface + change
    return surface.reshape(SIZE, SIZE, 3).astype(np.float32)


def texels_on_face(points: np.ndarray, layout: UVLayout) -> np.ndarray:
    """Return row and column (K, 2) of points (K,). Raises UsageError where one is not on the face."""
    texels = surface_points.texels_of(points, layout.landmarks)
    off = np.flatnonzero(~layout.mask[tuple(texels.T)])
    if len(off):
        raise UsageError(f"the pinned point {points[off[0]]} is not on the face", remedy="Remove the pin")
    return texels


def _smoothness(texels: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the covariance (N, K) of the shape's displacements at (N, 3) and at (K, 3), square millimetres."""
    square = (texels**2).sum(1)[:, None] - 2 * texels @ places.T + (places**2).sum(1)
    return sum(deviation**2 * np.exp(-square / (2 * reach**2)) for deviation, reach in SHAPE)


def _head_moves(points: np.ndarray, pose: Pose, shift: float) -> np.ndarray:
    """Return how points (N, 3) in image space move when the head moves by one standard deviation, (N, 3, 6).

    The six moves are shifts along x and y, scaling, and rotations about x, y and z.
    """
    arms = (points - pose.translation) * shift / (ARM * pose.scale)
    turns = np.stack([np.cross(axis, arms) for axis in np.eye(3)], 2)
    shifts = np.zeros((len(points), 3, 2))
    shifts[:, 0, 0] = shifts[:, 1, 1] = shift
    return np.concatenate([shifts, arms[:, :, None], turns], 2)
