# SPDX-License-Identifier: GPL-3.0-or-later
"""Files of the form that face3d and 300W-LP have, made of this project's own mean face: a face model with a few modes,
its texture coordinates, and photos with parameters.
"""

from pathlib import Path

import cv2
import numpy as np
from scipy.io import savemat

from nets.geometry.uv_layout import SIZE, UVLayout

MICROMETRES = 1000  # per millimetre
MODES, EXPRESSIONS = 3, 2
STEP = 3  # texels from vertex to vertex


def write_basel_model(folder: Path, layout: UVLayout) -> Path:
    """Write BFM.mat and BFM_UV.mat, a grid of the layout's texels."""
    texels, triangles = grid_of(layout)
    mean = layout.mean[tuple(texels.T)] * MICROMETRES
    landmarks = [np.argmin(((texels - texel) ** 2).sum(1)) for texel in layout.landmarks]
    rng = np.random.default_rng(0)
    modes = [np.sin(mean @ rng.normal(0, 2e-5, (3, 3)) + rng.uniform(0, 6, 3)).ravel() for _ in range(5)]
    zeros = np.zeros((mean.size, 1))
    model = {
        "shapeMU": mean.reshape(-1, 1),
        "shapePC": np.stack(modes[:MODES], 1),
        "shapeEV": np.ones((MODES, 1)),
        "expMU": zeros,
        "expPC": np.stack(modes[MODES:], 1),
        "expEV": np.ones((EXPRESSIONS, 1)),
        "texMU": zeros,
        "tri": triangles.T + 1,
        "tri_mouth": triangles[:2].T + 1,
        "kpt_ind": np.array(landmarks)[None] + 1,
    }
    savemat(folder / "BFM.mat", {"model": model})
    row, column = texels.T
    savemat(folder / "BFM_UV.mat", {"UV": np.stack([column, SIZE - 1 - row], 1) / (SIZE - 1)})
    return folder / "BFM.mat"


def grid_of(layout: UVLayout) -> tuple[np.ndarray, np.ndarray]:
    """The rows and columns (N, 2) of the layout's texels that are vertices, and their triangles (M, 3)."""
    inside = layout.mask[::STEP, ::STEP]
    whole = inside[:-1, :-1] & inside[1:, :-1] & inside[:-1, 1:] & inside[1:, 1:]
    number = np.arange(inside.size).reshape(inside.shape)
    corners = [number[:-1, :-1][whole], number[1:, :-1][whole], number[1:, 1:][whole], number[:-1, 1:][whole]]
    used, triangles = np.unique(np.stack([corners[k] for k in (0, 1, 2, 0, 2, 3)], 1), return_inverse=True)
    return np.stack(np.divmod(used, len(inside)), 1) * STEP, triangles.reshape(-1, 3)


def write_photo(
    stem: Path, places: np.ndarray, pose: np.ndarray, shape: np.ndarray, expression: np.ndarray, dot: float = 4
) -> None:
    """Write STEM.jpg (320 x 300), a dot of its own colour at each of the places (68, 3), and STEM.mat."""
    picture = np.full((300, 320, 3), 60, np.uint8)
    for number, place in enumerate(places[:, :2]):
        colour = (60 + 180 * (number / 68), 240 - 180 * (number / 68), 200 if number % 2 else 90)
        centre = tuple(round(float(value) * 16) for value in place)
        cv2.circle(picture, centre, int(dot * 16), colour, -1, cv2.LINE_AA, 4)
    stem.parent.mkdir(parents=True, exist_ok=True)
    cv2.imwrite(str(stem.with_suffix(".jpg")), picture, [cv2.IMWRITE_JPEG_QUALITY, 100])
    parameters = {"Pose_Para": pose[None], "Shape_Para": shape[:, None], "Exp_Para": expression[:, None]}
    truth = {"pt3d_68": places.T + [[1], [1], [0]]}  # as AFLW2000-3D has it; MATLAB counts from 1
    savemat(stem.with_suffix(".mat"), parameters | truth | {"Illum_Para": np.zeros((1, 10))})
