# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera of a photo: its lens as the user gives it, as the file tells it, or as the face shows it."""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from nets.errors import UsageError
from nets.geometry.perspective_fit import FAR, fit_focal
from nets.geometry.pose import fit_pose
from nets.geometry.uv_layout import UVLayout
from nets.interface.perspective import KNOWN, Camera
from nets.io.exif_lens import FILM_DIAGONAL, sensor_diagonal

AUTO, ORTHOGRAPHIC = "auto", "orthographic"
SHORTEST_ON_FILM = 22.0  # millimetres, of the wide cameras of phones: no shorter lens is estimated
EVERY = 6  # texels between those from which a lens is estimated
NUMBER = r"(\d+(?:\.\d+)?)"
FORMS = "auto, orthographic, 50 (mm on 35 mm film), 4.2mm/5.6 (mm, and the sensor's longer side), 60deg or 1500px"


@dataclass(frozen=True)
class PhotoCamera:
    """camera: None if perspective makes no difference, or was not asked for; known: one of KNOWN."""

    camera: Camera | None
    known: str

    @property
    def code(self) -> np.uint8:
        """The number that stands for `known` in files."""
        return np.uint8(KNOWN.index(self.known))


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
        self, size: tuple[int, int], in_file: float | None, position_map: np.ndarray | None, layout: UVLayout
    ) -> PhotoCamera:
        """Return the camera of a photo of this size.

        in_file: focal length in pixels that the photo's file tells, or None
        position_map: (256, 256, 3) of the photo's largest face, image space; None if there is no face to estimate from
        """
        if self.text == ORTHOGRAPHIC:
            return NO_PERSPECTIVE
        if self.text != AUTO:
            focal, known = self.focal_of(size), "given"
        elif in_file is not None:
            focal, known = in_file, "file"
        elif position_map is not None:
            focal, known = estimate_focal([position_map], size, layout), "estimated"
        else:
            return NO_PERSPECTIVE
        camera = Camera.of_photo(focal, size)
        if not np.isfinite(focal) or (position_map is not None and _is_far(camera, position_map, layout)):
            return NO_PERSPECTIVE
        return PhotoCamera(camera, known)


def estimate_focal(position_maps: list[np.ndarray], size: tuple[int, int], layout: UVLayout) -> float:
    """Return the focal length in pixels as one camera's faces show it: the median. Infinity if they are far off.

    position_maps: (256, 256, 3) each, image space
    """
    mean, centre = _some_texels(layout.mean, layout), (np.asarray(size) - 1) / 2
    shortest = SHORTEST_ON_FILM * sensor_diagonal(size) / FILM_DIAGONAL
    focals = []
    for position_map in position_maps:
        points = _some_texels(position_map, layout)
        focals.append(fit_focal(mean, points, centre, fit_pose(mean, points), shortest))
    return float(np.exp(np.median(np.log(focals))))


def _is_far(camera: Camera, position_map: np.ndarray, layout: UVLayout) -> bool:
    pose = fit_pose(*(_some_texels(each, layout) for each in (layout.mean, position_map)))
    return camera.focal > FAR * pose.scale


def _some_texels(values: np.ndarray, layout: UVLayout) -> np.ndarray:
    rows = slice(EVERY // 2, None, EVERY)
    return values[rows, rows][layout.mask[rows, rows]].astype(np.float64)
