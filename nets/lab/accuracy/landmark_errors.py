# SPDX-License-Identifier: GPL-3.0-or-later
"""Distances between 68 predicted landmarks and the true ones, and their means over faces, yaw bins and regions."""

import numpy as np

from nets.geometry.pose import fit_pose
from nets.geometry.similarity import fit_similarity
from nets.interface.landmarks68 import MIRROR
from nets.lab.accuracy.figures import Figure
from nets.lab.accuracy.measures import YAW_BINS, aligned, depth_centred, means_by_yaw, yaw_groups

REGIONS = {
    "jaw": slice(0, 17),
    "brows": slice(17, 27),
    "nose": slice(27, 36),
    "eyes": slice(36, 48),
    "mouth": slice(48, 68),
}
INNER = slice(17, 68)
FARTHEST = 99  # degrees: the data set's angles beyond are not to be trusted


def landmark_distances(found: np.ndarray, truth: np.ndarray, mean_face: np.ndarray) -> dict[str, np.ndarray]:
    """Return distances (N, 68) by measure, in % of sqrt(width · height) of the true landmark box, as AFLW2000-3D does.

    found, truth: (N, 68, 3), image space, pixels
    mean_face: (68, 3), canonical, millimetres

    "3D": the mean depth is removed from both. "Aligned": after the best similarity, so that shape and expression alone
    count; the same measure of the mean face shows what needs no network. "Offset removed": without the mean error of
    each landmark over the other faces, which comes from a different definition of the landmark. That error is taken in
    the head's own frame and made symmetric, because a layout could correct it.
    """
    percent = 100 / np.sqrt(np.prod(np.ptp(truth[..., :2], axis=1), axis=1))[:, None, None]
    distances = {}

    def add(name: str, difference: np.ndarray) -> None:
        distances[name] = np.linalg.norm(difference * percent, axis=2)

    error = depth_centred(found - truth)
    add("2D", error[..., :2])
    add("3D", error)
    add("aligned", np.stack([aligned(*pair) for pair in zip(found, truth, strict=True)]) - truth)
    facing = mean_face * (1, -1, 1)
    add("aligned, mean face", np.stack([aligned(facing, true) for true in truth]) - truth)
    if len(found) > 1:
        rest = depth_centred(error - _offsets(error, truth, mean_face))
        add("2D, offset removed", rest[..., :2])
        add("3D, offset removed", rest)
    return distances


def plane_distances(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return distances (N, 68) of landmarks (N, 68, 2) from true ones, in % as landmark_distances."""
    percent = 100 / np.sqrt(np.prod(np.ptp(truth, axis=1), axis=1))[:, None]
    return percent * np.linalg.norm(found - truth, axis=2)


def mean_of_bins(measure: str, errors: np.ndarray, yaw: np.ndarray) -> list[Figure]:
    """Average errors (N, 68) over the means of the yaw bins; nothing if there is no face in one of them."""
    groups = yaw_groups(yaw)
    bins = [errors[groups[name]].mean() for name in YAW_BINS if name in groups]
    return [Figure(f"{measure}, mean of the yaw bins", float(np.mean(bins)))] if len(bins) == len(YAW_BINS) else []


def rotation_errors(found: np.ndarray, truth: np.ndarray) -> np.ndarray:
    """Return the angles (N,), degrees, between the head rotations of landmarks (N, 68, 3) and of the true ones."""
    turns = np.stack([fit_similarity(*pair).rotation for pair in zip(found, truth, strict=True)])
    return np.degrees(np.arccos(np.clip((np.trace(turns, axis1=1, axis2=2) - 1) / 2, -1, 1)))


def euler_errors(found: np.ndarray, angles: np.ndarray, mean_face: np.ndarray) -> np.ndarray:
    """Return how far pitch, yaw and roll (N, 3) are off, degrees, as head pose is usually scored on AFLW2000-3D.

    found: (N, 68, 3), image space, pixels; angles: (N, 3), the truth, radians; mean_face: (68, 3), canonical
    The rotation is Rx(pitch) Ry(yaw) Rz(roll) as 3DDFA's code has it; photos beyond FARTHEST degrees are left out.
    """
    upright = np.stack([np.diag([1, -1, 1]) @ fit_pose(mean_face, each).rotation for each in found])
    pitch = np.arctan2(upright[:, 1, 2], upright[:, 2, 2])
    yaw = -np.arcsin(np.clip(upright[:, 0, 2], -1, 1))
    roll = np.arctan2(upright[:, 0, 1], upright[:, 0, 0])
    counted = (np.abs(np.degrees(angles)) < FARTHEST).all(1)
    return np.abs(np.degrees(np.stack([pitch, yaw, roll], 1) - angles))[counted]


def _offsets(error: np.ndarray, truth: np.ndarray, mean_face: np.ndarray) -> np.ndarray:
    """Return for each face the mean error (N, 68, 3) of every landmark over the other faces, in the face's own pose."""
    poses = [fit_pose(mean_face, true) for true in truth]
    at_rest = np.stack([each @ pose.rotation / pose.scale for each, pose in zip(error, poses, strict=True)])
    at_rest = (at_rest + at_rest[:, MIRROR] * (-1, 1, 1)) / 2
    others = (at_rest.sum(0) - at_rest) / (len(at_rest) - 1)
    return np.stack([pose.scale * each @ pose.rotation.T for each, pose in zip(others, poses, strict=True)])


def landmark_figures(distances: dict[str, np.ndarray], yaw: np.ndarray) -> list[Figure]:
    """Average distances (N, 68) over faces, over the faces of each yaw bin, and over regions."""
    figures = []
    for measure, each in distances.items():
        figures += means_by_yaw(measure, each, yaw)
        if measure in ("2D", "3D", "aligned"):
            figures += [Figure(f"{measure}, {name}", float(each[:, part].mean())) for name, part in REGIONS.items()]
    figures.append(Figure("2D, 51 inner points", float(distances["2D"][:, INNER].mean())))
    figures += mean_of_bins("2D", distances["2D"], yaw)
    figures.append(Figure("2D, worst face", float(distances["2D"].mean(1).max())))
    return figures
