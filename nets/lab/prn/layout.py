# SPDX-License-Identifier: GPL-3.0-or-later
"""PRN's UV layout from its folder of uv-data, as one of this project's.

Its files: face_ind.txt, the texels of the face, row · 256 + column; uv_kpt_ind.txt, columns and rows of the 68
landmarks; triangles.txt, over the texels of the face; canonical_vertices.npy, their places on the mean face.
"""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np

from nets.errors import UnreadableError
from nets.geometry.inpainting import push_pull
from nets.geometry.similarity import fit_similarity
from nets.geometry.uv_layout import SIZE, UVLayout

FACE, LANDMARKS, TRIANGLES, MEAN = "face_ind.txt", "uv_kpt_ind.txt", "triangles.txt", "canonical_vertices.npy"
REMEDY = "Give the folder Data/uv-data of PRN's repository"
# Of the training loss (Feng et al. 2018, section 3.2): landmarks, eyes and nose and mouth, the rest of the face. The
# neck has 0: it is no part of the layout.
LANDMARK_WEIGHT, INNER_WEIGHT, FACE_WEIGHT = 16.0, 4.0, 3.0
INNER = (slice(36, 42), slice(42, 48), slice(27, 36), slice(48, 68))  # landmarks of eyes, nose, mouth
INNER_MARGIN = 5  # texels around them
JAW, JAW_ENDS, CHIN, EAR_LOBES = slice(17), (0, 16), 8, (2, 14)  # landmarks; the lobes are as high as these two
NECK_BEHIND = 5.0  # millimetres behind the jaw


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
    positions = np.zeros((SIZE * SIZE, 3), np.float32)
    positions[face] = mean
    return layout_of_surface(positions.reshape(SIZE, SIZE, 3), mask, landmarks, like)


def layout_of_surface(surface: np.ndarray, mask: np.ndarray, landmarks: np.ndarray, like: UVLayout) -> UVLayout:
    """Return the layout of a mean face (256, 256, 3), of any size and in any pose, known where mask (256, 256) says.

    landmarks: (68, 2) int32, row and column
    like: a layout whose landmarks bring the mean face to canonical millimetres
    """
    positions = push_pull(np.where(mask[..., None], surface, 0), mask.astype(np.float32))
    positions = np.where(mask[..., None], surface, positions)
    fit = fit_similarity(positions[tuple(landmarks.T)], like.landmarks_of(like.mean))
    return UVLayout(
        mask=mask,
        landmarks=landmarks,
        mean=fit.apply(positions.reshape(-1, 3)).reshape(SIZE, SIZE, 3).astype(np.float32),
        weights=_weights(mask, landmarks),
        bridged=np.zeros_like(mask),
        anchors=np.empty((0, 2), np.float32),
    )


def neck_of(layout: UVLayout) -> np.ndarray:
    """Return the texels (256, 256) bool of a layout that lie on the neck: below the ears and behind the jaw."""
    landmarks = layout.landmarks_of(layout.mean)
    right, left = landmarks[list(JAW_ENDS)]
    away = np.cross(left - right, landmarks[CHIN] - right)
    away = away / np.linalg.norm(away) * -np.sign(away[2])  # from the viewer
    behind = (layout.mean - right) @ away > ((landmarks[JAW] - right) @ away).max() + NECK_BEHIND
    return layout.mask & behind & (layout.mean[..., 1] < landmarks[list(EAR_LOBES), 1].mean())


def _weights(mask: np.ndarray, landmarks: np.ndarray) -> np.ndarray:
    """Return the texels' weights (256, 256) float32 in the training loss."""
    inner = np.zeros(mask.shape, np.uint8)
    for part in INNER:
        cv2.fillConvexPoly(inner, cv2.convexHull(np.ascontiguousarray(landmarks[part, ::-1])), 1)
    brush = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * INNER_MARGIN + 1,) * 2)
    inner = cv2.dilate(inner, brush).astype(bool)
    weights = np.where(mask, np.where(inner, INNER_WEIGHT, FACE_WEIGHT), 0).astype(np.float32)
    weights[tuple(landmarks.T)] = LANDMARK_WEIGHT
    return weights


def _read(path: Path) -> np.ndarray:
    try:
        return np.load(path, allow_pickle=False) if path.suffix == ".npy" else np.loadtxt(path, ndmin=1)
    except FileNotFoundError:
        raise UnreadableError("the file is missing", path, REMEDY) from None
    except (OSError, ValueError, EOFError) as error:
        raise UnreadableError(f"not a file of numbers ({error})", path, REMEDY) from None
