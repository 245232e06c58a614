# SPDX-License-Identifier: GPL-3.0-or-later
"""Real photos with known truth in AFLW2000-3D's format (Zhu et al., CVPR 2016). They are never trained on."""

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.io import loadmat

from nets.errors import UnreadableError
from nets.geometry.similarity import fit_similarity
from nets.io.photo import read_photo
from nets.topology.face_model import REPOSITORY


@dataclass(frozen=True)
class TruePhoto:
    """A photo and its truth.

    pixels: (H, W, 3) uint8 RGB
    landmarks: (68, 3) float32, image space, pixels, depth with an arbitrary offset
    yaw: radians
    """

    name: str
    pixels: np.ndarray
    landmarks: np.ndarray
    yaw: float


def find_photos(folder: str | Path | None = None) -> Path | None:
    """Return the folder given, else data/real/ or ../shared/real/, or None if neither exists."""
    candidates = [Path(folder)] if folder else [REPOSITORY / "data/real", REPOSITORY.parent / "shared/real"]
    return next((path for path in candidates if path.is_dir()), None)


def load_photos(folder: Path) -> list[TruePhoto]:
    """Load all photos of a folder that come with a .mat file, which holds pt3d_68 and Pose_Para.

    Raises UnreadableError.
    """
    photos = []
    for truth in sorted(folder.glob("*.mat")):
        data = loadmat(truth)
        if not {"pt3d_68", "Pose_Para"} <= data.keys():
            remedy = "Give a folder of AFLW2000-3D, or of photos in its format"
            raise UnreadableError("a MATLAB file without pt3d_68 and Pose_Para", truth, remedy)
        landmarks = data["pt3d_68"].T.astype(np.float32) - (1, 1, 0)  # pixels counted from 1
        pixels = read_photo(truth.with_suffix(".jpg"))
        photos.append(TruePhoto(truth.stem, pixels, landmarks.astype(np.float32), float(data["Pose_Para"][0, 1])))
    return photos


def error_2d(points: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean distance in x and y, in % of sqrt(width · height) of the true landmark box."""
    return 100 * float(np.linalg.norm(points[:, :2] - truth[:, :2], axis=1).mean() / _box_size(truth))


def error_3d(points: np.ndarray, truth: np.ndarray) -> float:
    """Return the mean distance as error_2d does, but with z, whose mean is removed from both."""
    difference = points - truth
    difference = difference - (0, 0, difference[:, 2].mean())
    return 100 * float(np.linalg.norm(difference, axis=1).mean() / _box_size(truth))


def aligned_error(points: np.ndarray, truth: np.ndarray) -> float:
    """As error_3d after the best similarity from points to truth: shape and expression alone."""
    aligned = fit_similarity(points, truth).apply(points)
    return 100 * float(np.linalg.norm(aligned - truth, axis=1).mean() / _box_size(truth))


def _box_size(truth: np.ndarray) -> float:
    return float(np.sqrt(np.prod(np.ptp(truth[:, :2], axis=0))))
