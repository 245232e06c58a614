# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of expression weights and gaze, on held-out people for whom both are known."""

import numpy as np

from nets.interface.expressions import EXPRESSIONS, SIDES
from nets.lab.accuracy.blink import CLOSED, OPEN, eyes_in_view
from nets.lab.accuracy.evaluated_model import EvaluatedModel
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.accuracy.held_out import HeldOut, Predictions
from nets.lab.accuracy.measures import area_under_curve
from nets.lab.accuracy.shape import material_of

SHOWN = 0.1  # weight from which an expression can be seen


def check_performance(evaluated: EvaluatedModel, people: HeldOut, predictions: Predictions) -> Section:
    """Measure both errors, and for comparison those of a face at rest that looks straight ahead."""
    blink = [EXPRESSIONS.index("eyeBlink" + side) for side in SIDES]
    in_view = eyes_in_view(people.visible, evaluated.bundle.layout.feature_texels)
    closed, opened = (
        predictions.expression[:, blink][in_view & mask]
        for mask in (people.expression[:, blink] >= CLOSED, people.expression[:, blink] <= OPEN)
    )
    looking = in_view & (people.expression[:, blink] < 0.5)
    return Section(
        "synthetic performance",
        material_of(people),
        [
            *weight_figures(predictions.expression, people.expression),
            Figure("blink weights, closed above open (AUC)", 100 * area_under_curve(opened, closed), "%", "more"),
            Figure("gaze", gaze_error(predictions.gaze, people.gaze, looking), "°"),
            Figure("gaze, straight ahead", gaze_error(np.zeros_like(people.gaze), people.gaze, looking), "°", ""),
        ],
    )


def weight_figures(found: np.ndarray, true: np.ndarray) -> list[Figure]:
    """Compare expression weights (N, 53) with the true ones."""
    shown = true >= SHOWN
    return [
        Figure("weights", float(np.abs(found - true).mean()), ""),
        Figure("weights, face at rest", float(true.mean()), "", ""),
        Figure("weights that show", float(np.abs(found - true)[shown].mean()), ""),
        Figure("weights that show, face at rest", float(true[shown].mean()), "", ""),
    ]


def gaze_error(found: np.ndarray, true: np.ndarray, chosen: np.ndarray) -> float:
    """Return the mean angle, degrees, between gazes of the chosen eyes.

    found, true: (N, 2, 2), yaw and pitch, radians
    chosen: (N, 2) bool
    """
    cosine = (direction_of(found) * direction_of(true)).sum(-1)[chosen]
    return float(np.degrees(np.arccos(np.clip(cosine, -1, 1))).mean())


def direction_of(gaze: np.ndarray) -> np.ndarray:
    """Return unit vectors (..., 3), canonical: yaw to the person's left, pitch up."""
    yaw, pitch = np.moveaxis(np.asarray(gaze, float), -1, 0)
    return np.stack([np.sin(yaw) * np.cos(pitch), np.sin(pitch), np.cos(yaw) * np.cos(pitch)], -1)
