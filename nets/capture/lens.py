# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera of a photo: its lens as the user gives it, as the file tells it, or as the face shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import numpy as np

from nets.errors import UsageError
from nets.geometry.perspective_fit import fit_focal
from nets.geometry.pose import fit_pose
from nets.geometry.uv_layout import UVLayout
from nets.interface.perspective import KNOWN, Camera
from nets.io.exif_lens import FILM_DIAGONAL, sensor_diagonal

AUTO, ORTHOGRAPHIC = "auto", "orthographic"
SHORTEST_ON_FILM = 22.0  # millimetres, of the wide cameras of phones: no shorter lens is estimated
FAR = 20_000.0  # millimetres, from which on perspective makes no difference
TOO_NEAR = 220.0  # millimetres, nearer than which nobody holds a camera
EVERY = 8  # texels between those from which a lens is estimated
NUMBER = r"(\d+(?:\.\d+)?)"
FORMS = "auto, orthographic, 50 (mm on 35 mm film), 4.2mm/5.6 (mm, and the sensor's longer side), 60deg or 1500px"


@dataclass(frozen=True)
class PhotoCamera:
    """camera: None if perspective makes no difference, or was not asked for; known: one of KNOWN."""

    camera: Camera | None
    known: str

    @property
    def code(self) -> np.ndarray:
        """The number () uint8 that stands for `known` in files."""
        return np.array(KNOWN.index(self.known), np.uint8)

    def estimated(self, focal: float) -> PhotoCamera:
        """Return this camera with a focal length in pixels that was estimated."""
        return PhotoCamera(replace(self.camera, focal=focal), "estimated")


NO_PERSPECTIVE = PhotoCamera(None, ORTHOGRAPHIC)


@dataclass(frozen=True)
class Lens:
    """A lens as a user gives it: one of FORMS."""

    text: str = AUTO

    def __post_init__(self) -> None:
        """Raises UsageError."""
        if self.text not in (AUTO, ORTHOGRAPHIC):
            self.focal_of((3000, 2000))

    def focal_of(self, size: tuple[int, int]) -> float:
        """Return the focal length in pixels in a picture of this size, unless the lens is AUTO or ORTHOGRAPHIC."""
        long = float(max(size))
        if match := re.fullmatch(rf"{NUMBER}mm/{NUMBER}", self.text):
            focal, sensor = map(float, match.groups())
            length = focal / max(sensor, 1e-6) * long
        elif match := re.fullmatch(rf"{NUMBER}deg", self.text):
            length = long / 2 / np.tan(np.radians(np.clip(float(match[1]), 1e-3, 179)) / 2)
        elif match := re.fullmatch(rf"{NUMBER}px", self.text):
            length = float(match[1])
        elif match := re.fullmatch(NUMBER, self.text):
            length = float(match[1]) * sensor_diagonal(size) / FILM_DIAGONAL
        else:
            length = 0.0
        if not 0.1 * long <= length <= 1000 * long:
            raise UsageError(f"the lens {self.text!r} is not one of a photo", remedy=f"Choose {FORMS}")
        return float(length)

    def camera_of(
        self, size: tuple[int, int], in_file: float | None, mean: np.ndarray, seen: list[np.ndarray]
    ) -> PhotoCamera:
        """Return the camera of a photo, or of a clip, of this size.

        in_file: focal length in pixels that the file tells, or None
        mean: (N, 3), points of the mean face, canonical, millimetres
        seen: (N, 3) each, the same points of the photo's largest face, or of some of the clip's frames, image space
        """
        if self.text == ORTHOGRAPHIC:
            return NO_PERSPECTIVE
        nearest = max(fit_pose(mean, points).scale for points in seen)
        if self.text != AUTO:
            focal, known = self.focal_of(size), "given"
        elif in_file is not None and in_file > TOO_NEAR * nearest:  # else the file tells of a picture before a crop
            focal, known = in_file, "file"
        else:
            focal, known = estimate_focal(mean, seen, size), "estimated"
        if focal >= FAR * nearest:
            return NO_PERSPECTIVE
        return PhotoCamera(Camera.of_photo(focal, size), known)


def pooled(cameras: list[PhotoCamera], sizes: np.ndarray) -> list[PhotoCamera]:
    """Return the cameras of photos of one person, where one lens is estimated for all photos of the same size.

    sizes: (V, 2), width and height. Of 24 synthetic photos 1 m and as many 2.5 m away the focal length was off by a
    factor of 1.6 (root mean square), of three photos together by 1.3.
    """
    shared = []
    for camera, size in zip(cameras, sizes, strict=True):
        if camera.known == "estimated":
            alike = [
                other.camera.focal
                for other, its_size in zip(cameras, sizes, strict=True)
                if other.known == "estimated" and sorted(its_size) == sorted(size)
            ]
            camera = PhotoCamera(Camera.of_photo(float(np.median(alike)), size), "estimated")
        shared.append(camera)
    return shared


def lens_numbers(cameras: list[PhotoCamera], sizes: np.ndarray) -> list[int]:
    """Return a number for each photo's lens, from 0.

    Photos of the same size (V, 2) share one if it is estimated, or if their files or the user tell the same.
    """
    names = [
        (each.known, *sorted(size), each.known == "estimated" or each.camera.focal) if each.camera else number
        for number, (each, size) in enumerate(zip(cameras, sizes.tolist(), strict=True))
    ]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    return [numbers[name] for name in names]


def estimate_focal(mean: np.ndarray, seen: list[np.ndarray], size: tuple[int, int]) -> float:
    """Return the focal length in pixels as one camera's faces show it: the median.

    mean, seen: see Lens.camera_of
    """
    centre = (np.asarray(size) - 1) / 2
    shortest = SHORTEST_ON_FILM * sensor_diagonal(size) / FILM_DIAGONAL
    return float(np.median([fit_focal(mean, points, centre, fit_pose(mean, points), shortest) for points in seen]))


def some_texels(values: np.ndarray, layout: UVLayout) -> np.ndarray:
    """Return enough texels (N, 3) float64 of a map (256, 256, 3) to estimate a lens."""
    rows = slice(EVERY // 2, None, EVERY)
    return values[rows, rows][layout.mask[rows, rows]].astype(np.float64)
