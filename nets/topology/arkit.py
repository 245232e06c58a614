# SPDX-License-Identifier: GPL-3.0-or-later
"""Apple's 52 blendshapes: their names, what they move on the face model, and fits by them."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path

import numpy as np

from nets.geometry.coarse_map import COARSE
from nets.geometry.uv_layout import UVLayout
from nets.interface.live_link import EYE_TURN, WEIGHTS
from nets.topology.chart_warp import warp_chart, with_patches
from nets.topology.face_model import FaceModelError, find_face_model, load_face_model

SIDES = {"L": "Left", "R": "Right"}
NAMES = tuple(name[0].lower() + name[1:] for name in WEIGHTS)
LOOKS = tuple(f"eyeLook{way}{side}" for side in ("Right", "Left") for way in ("Out", "In", "Up", "Down"))
LOOK_COLUMNS = [NAMES.index(name) for name in LOOKS]


def load_blendshapes(layout: UVLayout) -> np.ndarray | None:
    """Load the face model's blendshapes as coarse maps of a layout.

    Returns (52, 64, 64, 3) float32, canonical millimetres: how far each of NAMES at weight 1 moves a texel. Returns
    None if the face model is not installed or the layout was not made from it.
    """
    if layout.model_vertices is None or layout.model_weights is None:
        return None
    try:
        return _coarse_blendshapes(find_face_model(), layout)
    except FaceModelError:
        return None


@lru_cache(maxsize=1)
def _coarse_blendshapes(path: Path, layout: UVLayout) -> np.ndarray:
    model = load_face_model(path)
    patches = warp_chart(model).patches

    def coarse(vertices: np.ndarray) -> np.ndarray:
        corners = with_patches(vertices, patches)[layout.model_vertices]
        return np.einsum("rckd,rck->rcd", corners, layout.model_weights)

    neutral = coarse(model.neutral)
    shapes = np.zeros((len(NAMES), COARSE, COARSE, 3), np.float32)
    for name, moved in zip(model.expression_names, model.expression, strict=True):
        shapes[NAMES.index(arkit_name(name))] += (coarse(model.neutral + moved) - neutral).astype(np.float32)
    return shapes


def arkit_name(name: str) -> str:
    """Apple's name for an expression of the face model, which splits browInnerUp and cheekPuff in two."""
    stem, _, side = name.partition("_")
    return stem if stem in ("browInnerUp", "cheekPuff") else stem + SIDES.get(side, "")


def of_gaze(gaze: np.ndarray) -> np.ndarray:
    """Weights (F, 8) of LOOKS for yaw and pitch (F, 2, 2) of the right and the left eye
    (nets.model.engines.Prediction); (F, 0) without any."""
    if not gaze.size:
        return np.zeros((len(gaze), 0), np.float32)
    outward, upward = gaze[..., 0] * (-1, 1) / EYE_TURN[0], gaze[..., 1] / EYE_TURN[1]
    weights = np.stack([outward, -outward, upward, -upward], -1).clip(0, 1)
    return weights.reshape(len(gaze), -1).astype(np.float32)


def bounded(
    gram: np.ndarray, target: np.ndarray, start: np.ndarray, said: np.ndarray, costs: np.ndarray, sweeps: int
) -> np.ndarray:
    """The w (F, 52) in [0, 1] for which sum |w @ shapes - frame|² + |w - said| @ costs is least.

    gram (52, 52) = shapes @ shapes.T, target (F, 52) = frames @ shapes.T. By coordinate descent (Friedman et al.,
    "Pathwise coordinate optimization", Annals of Applied Statistics 2007) from start (F, 52), in which those of LOOKS
    stay.
    """
    w = start.astype(np.float64)
    left = target - w @ gram
    for b in [*np.setdiff1d(np.flatnonzero(np.diag(gram) > 1e-6), LOOK_COLUMNS)] * sweeps:
        step = w[:, b] - said[:, b] + left[:, b] / gram[b, b]
        step = np.sign(step) * np.maximum(np.abs(step) - costs[b] / (2 * gram[b, b]), 0)
        better = np.clip(said[:, b] + step, 0, 1)
        left -= np.outer(better - w[:, b], gram[b])
        w[:, b] = better
    return w


def rigid_motions(points: np.ndarray) -> np.ndarray:
    """(10, M, 3): shifts, turns, growth of points (M, 3), and how they look from nearer in front, beside and above."""
    x, y, z = points.T
    nothing, one = np.zeros_like(x), np.ones_like(x)
    rows = [
        *((one, nothing, nothing), (nothing, one, nothing), (nothing, nothing, one)),
        *((nothing, -z, y), (z, nothing, -x), (-y, x, nothing)),
        (x, y, z),
        *((x * z, y * z, nothing), (nothing, y * x, z * x), (x * y, nothing, z * y)),
    ]
    return np.stack([np.stack(row, 1) for row in rows])
