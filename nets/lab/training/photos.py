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

REANNOTATED = "reannotated68.npz"


@dataclass(frozen=True)
class TruePhoto:
    """A photo and its truth.

    pixels: (H, W, 3) uint8 RGB
    landmarks: (68, 3) float32, image space, pixels, depth with an arbitrary offset
    angles: (3,), pitch, yaw and roll, radians
    reannotated: (68, 2), the landmarks as others placed them (Bulat and Tzimiropoulos, ICCV 2017), None if not known
    """

    name: str
    pixels: np.ndarray
    landmarks: np.ndarray
    angles: np.ndarray
    reannotated: np.ndarray | None = None

    @property
    def yaw(self) -> float:
        """Radians."""
        return float(self.angles[1])


def find_photos(folder: str | Path | None = None) -> Path | None:
    """Return the folder given, else data/real/ or ../shared/real/, or None if neither exists."""
    candidates = [Path(folder)] if folder else [REPOSITORY / "data/real", REPOSITORY.parent / "shared/real"]
    return next((path for path in candidates if path.is_dir()), None)


def load_photos(folder: Path) -> list[TruePhoto]:
    """Load all photos of a folder that come with a .mat file, which holds pt3d_68 and Pose_Para.

    A file REANNOTATED beside them holds for each photo, by its name, (68, 2) places in pixels counted from 1. Raises
    UnreadableError.
    """
    photos, other = [], folder / REANNOTATED
    reannotated = dict(np.load(other)) if other.is_file() else {}
    for truth in sorted(folder.glob("*.mat")):
        data = loadmat(truth)
        if not {"pt3d_68", "Pose_Para"} <= data.keys():
            remedy = "Give a folder of AFLW2000-3D, or of photos in its format"
            raise UnreadableError("a MATLAB file without pt3d_68 and Pose_Para", truth, remedy)
        landmarks = data["pt3d_68"].T.astype(np.float32) - (1, 1, 0)  # pixels counted from 1
        pixels = read_photo(truth.with_suffix(".jpg"))
        again = reannotated[truth.stem] - 1 if truth.stem in reannotated else None
        photos.append(TruePhoto(truth.stem, pixels, landmarks.astype(np.float32), data["Pose_Para"][0, :3], again))
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
