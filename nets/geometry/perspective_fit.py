# SPDX-License-Identifier: GPL-3.0-or-later
"""A head's pose before a known camera, and the focal length of an unknown one, from a captured surface."""

from __future__ import annotations

import numpy as np

from nets.geometry.pose import Pose, fit_pose
from nets.geometry.similarity import fit_similarity
from nets.interface.perspective import Camera, PerspectivePose, focal_towards, relative_view

ROUNDS = 6  # of the fixed point, which converges to a thousandth of a millimetre at half a metre
NEAREST, FARTHEST = 300.0, 3000.0  # millimetres between which distances are estimated; nothing tells farther ones apart
COARSE_STEPS, FINE_ROUNDS = 9, 8  # of the search for the distance
ROUGH_ROUNDS = 3  # of the fixed point during that search


def pose_before(
    camera: Camera | None, canonical: np.ndarray, image: np.ndarray, weights: np.ndarray | None = None
) -> Pose | PerspectivePose:
    """Fit the pose before a camera, without perspective if there is none; see fit_perspective and fit_pose."""
    pose = fit_pose(canonical, image, weights)
    return fit_perspective(canonical, image, camera, pose, weights) if camera else pose


def fit_perspective(
    canonical: np.ndarray,
    image: np.ndarray,
    camera: Camera,
    start: Pose,
    weights: np.ndarray | None = None,
    rounds: int = ROUNDS,
) -> PerspectivePose:
    """Fit the pose before `camera` to corresponding points (N, 3) by least squares in the head's space.

    start: the pose without perspective, see nets.geometry.pose.fit_pose
    weights: (N,), at least 0

    A photo does not tell size from distance: the head is taken to be as large as the canonical points.
    """
    origin = start.translation.astype(np.float64)
    for _ in range(rounds):
        focal = focal_towards(camera, origin[:2])
        fit = fit_similarity(canonical, relative_view(camera, origin, image), weights, mirrored=True)
        pose = PerspectivePose(camera, float(fit.scale) * focal, fit.rotation, origin)
        ahead = np.array([0, 0, 1]) + fit.translation * (1, 1, -1)
        origin = np.append(camera.project(ahead @ pose.towards), origin[2] + fit.translation[2] * focal)
    return pose


def fit_focal(
    canonical: np.ndarray, image: np.ndarray, place: np.ndarray, start: Pose, shortest: float,
    weights: np.ndarray | None = None,
) -> float:  # fmt: skip
    """Return the focal length in pixels with which the head is most like the mean face, as seen from 0.3 to 3 metres.

    canonical, image: (N, 3), the mean face and the captured surface
    place: (2,), where the camera's axis meets the photo, image space, pixels
    shortest: the shortest focal length, pixels, whatever the distance

    A near camera shows a face with a large nose and small ears. On 56 synthetic faces from 0.5 to 6 m that a network
    captured, the distance was right to a factor of 1.8 (root mean square of its logarithm 0.57).
    """

    def misfit(log_focal: float) -> float:
        camera = Camera(float(np.exp(log_focal)), np.asarray(place, np.float64))
        moved = fit_perspective(canonical, image, camera, start, weights, ROUGH_ROUNDS).undo(image) - canonical
        return float(np.average((moved**2).sum(1), weights=weights))

    low, high = (np.log(max(shortest, distance * start.scale)) for distance in (NEAREST, FARTHEST))
    grid = np.linspace(low, high, COARSE_STEPS)
    best = int(np.argmin([misfit(each) for each in grid]))
    log_focal = _minimum(misfit, grid[max(best - 1, 0)], grid[min(best + 1, len(grid) - 1)])
    return float(np.exp(log_focal))


def _minimum(function, low: float, high: float) -> float:
    """Return where a function of one number is least between two numbers, by golden sections."""
    share = (np.sqrt(5) - 1) / 2
    left, right = high - share * (high - low), low + share * (high - low)
    at_left, at_right = function(left), function(right)
    for _ in range(FINE_ROUNDS):
        if at_left < at_right:
            high, right, at_right = right, left, at_left
            left = high - share * (high - low)
            at_left = function(left)
        else:
            low, left, at_left = left, right, at_right
            right = low + share * (high - low)
            at_right = function(right)
    return (low + high) / 2
