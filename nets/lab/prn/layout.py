# SPDX-License-Identifier: GPL-3.0-or-later
"""PRN's UV layout from its folder of uv-data, as one of this project's.

Its files: face_ind.txt, the texels of the face, row · 256 + column; uv_kpt_ind.txt, columns and rows of the 68
landmarks; triangles.txt, over the texels of the face; canonical_vertices.npy, their places on the mean face.
"""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nets.errors import UnreadableError
from nets.geometry.inpainting import push_pull
from nets.geometry.similarity import fit_similarity
from nets.geometry.uv_layout import SIZE, UVLayout

FACE, LANDMARKS, TRIANGLES, MEAN = "face_ind.txt", "uv_kpt_ind.txt", "triangles.txt", "canonical_vertices.npy"
REMEDY = "Give the folder Data/uv-data of PRN's repository"
FACE_WEIGHT, LANDMARK_WEIGHT = 3.0, 16.0  # of the training loss (Feng et al. 2018, section 3.2)


def load_prn_layout(folder: Path, like: UVLayout) -> UVLayout:
    """Return PRN's layout. Its mean face is brought to canonical millimetres by the landmarks of another layout's.

    Raises UnreadableError.
    """
    face = _read(folder / FACE).astype(int).ravel()
    landmarks = _read(folder / LANDMARKS).astype(int)
    triangles = _read(folder / TRIANGLES).astype(int)
    mean = _read(folder / MEAN).astype(np.float64)
    if face.min() < 0 or face.max() >= SIZE * SIZE:
        raise UnreadableError(f"texels up to {face.max()}, but a map has {SIZE * SIZE}", folder / FACE, REMEDY)
    if landmarks.shape != (2, 68) or landmarks.min() < 0 or landmarks.max() >= SIZE:
        raise UnreadableError(f"landmarks of shape {landmarks.shape}, not 2 x 68 texels", folder / LANDMARKS, REMEDY)
    if mean.shape != (len(face), 3) or triangles.max() >= len(face) or triangles.min() < 0:
        shapes = f"{len(face)} texels, {len(mean)} vertices, triangles up to {triangles.max()}"
        raise UnreadableError(f"files that do not belong together: {shapes}", folder, REMEDY)
    landmarks = landmarks[::-1].T.astype(np.int32)  # row, column
    mask = np.zeros((SIZE, SIZE), bool)
    mask.flat[face] = True
    positions, known = np.zeros((SIZE * SIZE, 3), np.float32), mask.astype(np.float32)
    positions[face] = mean
    positions = push_pull(positions.reshape(SIZE, SIZE, 3), known)
    positions = np.where(mask[..., None], positions, push_pull(positions, known))
    at_landmarks = positions[tuple(landmarks.T)]
    fit = fit_similarity(at_landmarks, like.landmarks_of(like.mean))
    weights = np.where(mask, FACE_WEIGHT, 0).astype(np.float32)
    weights[tuple(landmarks.T)] = LANDMARK_WEIGHT
    return UVLayout(
        mask=mask,
        landmarks=landmarks,
        mean=fit.apply(positions.reshape(-1, 3)).reshape(SIZE, SIZE, 3).astype(np.float32),
        weights=weights,
        bridged=np.zeros_like(mask),
        anchors=np.empty((0, 2), np.float32),
    )


def _read(path: Path) -> np.ndarray:
    try:
        return np.load(path, allow_pickle=False) if path.suffix == ".npy" else np.loadtxt(path, ndmin=1)
    except FileNotFoundError:
        raise UnreadableError("the file is missing", path, REMEDY) from None
    except (OSError, ValueError, EOFError) as error:
        raise UnreadableError(f"not a file of numbers ({error})", path, REMEDY) from None
