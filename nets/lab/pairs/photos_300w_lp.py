# SPDX-License-Identifier: GPL-3.0-or-later
"""300W-LP (Zhu et al., CVPR 2016): photos with a .mat file of the Basel model's parameters, made into training pairs.

The parameters that a pair needs are Pose_Para (1, 7): pitch, yaw, roll in radians, translation, scale; Shape_Para
(S, 1) and Exp_Para (E, 1). Illum_Para, Color_Para and Tex_Para describe the look of the renderings. AFLW2000-3D has the
same files.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.errors import UnreadableError
from nets.geometry.crop import Crop, landmark_box
from nets.geometry.uv_layout import SIZE
from nets.io.photo import read_photo
from nets.lab.pairs.basel_model import BaselModel, load_mat

REMEDY = "Give a folder of 300W-LP, whose photos have a .mat file of the same name beside them"


@dataclass(frozen=True)
class FittedPhoto:
    """A photo, and the face model's parameters and pose in it.

    pixels: (H, W, 3) uint8 RGB
    rotation: (3, 3), of the model in its own frame, y up; translation: (3,); scale: pixels per unit of the model
    shape: (S,), expression: (E,)
    """

    pixels: np.ndarray
    rotation: np.ndarray
    translation: np.ndarray
    scale: float
    shape: np.ndarray
    expression: np.ndarray

    def vertices(self, model: BaselModel) -> np.ndarray:
        """Return the model's vertices (N, 3) float32 in the photo's image space, pixels.

        The parameters are for MATLAB, which counts pixels from 1, with y up from the photo's lower edge.
        """
        placed = self.scale * model.vertices(self.shape, self.expression) @ self.rotation.T + self.translation
        x, y, z = placed.T
        return np.stack([x - 1, len(self.pixels) - y, z], 1).astype(np.float32)


def find_fitted_photos(folder: Path) -> Iterator[Path]:
    """Yield the photos of a folder, and of those below it, that have a .mat file beside them."""
    yield from (photo for photo in sorted(folder.rglob("*.jpg")) if photo.with_suffix(".mat").is_file())


def read_fitted_photo(photo: Path, model: BaselModel) -> FittedPhoto:
    """Read a photo and its parameters. Raises UnreadableError."""
    file = photo.with_suffix(".mat")
    variables = load_mat(file, REMEDY)
    numbers = {"Pose_Para": 7, "Shape_Para": model.shape.shape[1], "Exp_Para": model.expression.shape[1]}
    parameters = {}
    for name, count in numbers.items():
        if name not in variables:
            raise UnreadableError(f"a MATLAB file without the variable {name}", file, REMEDY)
        parameters[name] = variables[name].astype(np.float64).ravel()
        if len(parameters[name]) != count or not np.isfinite(parameters[name]).all():
            message = f"{name} has {len(parameters[name])} numbers, but the face model asks for {count} finite ones"
            raise UnreadableError(message, file, REMEDY)
    pose = parameters["Pose_Para"]
    shape, expression = parameters["Shape_Para"], parameters["Exp_Para"]
    return FittedPhoto(read_photo(photo), rotation_of(*pose[:3]), pose[3:6], float(pose[6]), shape, expression)


def make_pair(fitted: FittedPhoto, model: BaselModel) -> tuple[np.ndarray, np.ndarray]:
    """Return the crop around a face (256, 256, 3) uint8 RGB and its position map (256, 256, 3) float32."""
    vertices = fitted.vertices(model)
    crop = Crop.around(landmark_box(vertices[model.landmarks]), SIZE)
    cropped = crop.to_crop(vertices)
    cropped[:, 2] -= cropped[:, 2].min()
    return crop.extract(fitted.pixels), model.position_map(cropped)


def rotation_of(pitch: float, yaw: float, roll: float) -> np.ndarray:
    """Return the rotation (3, 3) of angles in radians, in the order and with the signs of 3DDFA (Zhu et al. 2016)."""
    (a, b, c), (u, v, w) = np.cos([pitch, yaw, roll]), np.sin([pitch, yaw, roll])
    about_x = np.array([[1, 0, 0], [0, a, u], [0, -u, a]])
    about_y = np.array([[b, 0, -v], [0, 1, 0], [v, 0, b]])
    about_z = np.array([[c, w, 0], [-w, c, 0], [0, 0, 1]])
    return about_x @ about_y @ about_z
