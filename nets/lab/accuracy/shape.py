# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors on held-out synthetic people: of the landmarks, of every texel of the face, and of a person's own shape."""

import numpy as np

from nets.geometry.uv_layout import FACE_WEIGHT, UVLayout
from nets.lab.accuracy.evaluated_model import EvaluatedModel
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.accuracy.held_out import (
    HeldOut,
    Predictions,
    at_coarse_texels,
    degraded,
    draw_neutral_people,
    predict_people,
    predict_with_flip,
    unproject,
)
from nets.lab.accuracy.landmark_errors import landmark_distances, landmark_figures, rotation_errors
from nets.lab.accuracy.measures import OUTER_EYE_CORNERS, aligned, depth_centred, means_by_yaw
from nets.lab.synth.buffer import DATA_VERSION
from nets.topology.face_model import FaceModel

NEUTRAL_PEOPLE = 200


def check_landmarks(evaluated: EvaluatedModel, people: HeldOut, predictions: Predictions) -> Section:
    """Measure on synthetic people what is measured on real photos."""
    truth = people.image_landmarks
    figures = landmark_figures(landmark_distances(predictions.landmarks, truth, evaluated.mean_features), people.yaw)
    figures += means_by_yaw("head rotation", rotation_errors(predictions.landmarks, truth), people.yaw, "°")
    return Section("synthetic landmarks", material_of(people), figures)


def check_shape(evaluated: EvaluatedModel, people: HeldOut, predictions: Predictions, model: FaceModel) -> Section:
    """Measure dense errors in % of the outer eye-corner distance, and the share of shape variance that is recovered."""
    face = face_texels(evaluated.bundle.layout, people.canonical.shape[1])
    sharp = draw_neutral_people(model, NEUTRAL_PEOPLE, evaluated.bundle.input_size)
    neutral = degraded(sharp)
    mean = at_coarse_texels(evaluated.bundle.layout.mean, len(face))
    figures = vertex_figures(people, predictions.coarse, face, mean)
    identity = shape_variance_recovered(neutral, predict_people(evaluated, neutral).coarse, face, mean)
    figures.append(Figure("R² of identity (people at rest)", identity, "", "more"))
    captured = shape_variance_recovered(sharp, predict_with_flip(evaluated, sharp), face, mean)
    figures.append(Figure("likewise, sharp pictures, as captured", captured, "", "more"))
    return Section("synthetic shape", f"{material_of(people)}, {material_of(neutral)} at rest", figures)


def face_texels(layout: UVLayout, size: int) -> np.ndarray:
    """Return which texels (size, size) bool belong to the face, without ears, neck and the insides of lids and lips."""
    whole = layout.mask & ~layout.bridged & (layout.weights > FACE_WEIGHT)
    return at_coarse_texels(whole[..., None].astype(np.float32), size)[..., 0] == 1


def vertex_figures(people: HeldOut, coarse: np.ndarray, face: np.ndarray, mean: np.ndarray) -> list[Figure]:
    """Measure vertex errors of predicted maps.

    coarse: (N, G, G, 3), predicted maps, image space, pixels
    face: (G, G) bool, the texels that count
    mean: (G, G, 3), the mean face, canonical, millimetres
    """
    posed, at_rest, mean_face = [], [], []
    for camera, landmarks, true_map, predicted in zip(
        people.cameras, people.landmarks, people.canonical, coarse, strict=True
    ):
        found, true = unproject(camera, predicted[face]), true_map[face]
        percent = 100 / np.linalg.norm(np.subtract(*landmarks[list(OUTER_EYE_CORNERS)]))
        in_view = depth_centred(((found - true) @ camera.rotation.T)[None])[0]
        for errors, difference in (
            (posed, in_view),
            (at_rest, aligned(found, true) - true),
            (mean_face, aligned(mean[face], true) - true),
        ):
            errors.append(percent * np.linalg.norm(difference, axis=1).mean())
    figures = []
    measures = {"vertices": posed, "vertices aligned": at_rest, "vertices aligned, mean face": mean_face}
    for measure, errors in measures.items():
        figures += means_by_yaw(measure, np.array(errors), people.yaw)
    recovered = shape_variance_recovered(people, coarse, face, mean)
    return [*figures, Figure("R² of shape with expression", recovered, "", "more")]


def shape_variance_recovered(people: HeldOut, coarse: np.ndarray, face: np.ndarray, mean: np.ndarray) -> float:
    """Return R²: the share of the squared distance between true shapes and the mean face that predictions explain.

    Both are aligned with the true shape first. coarse: (N, G, G, 3), predicted maps, image space, pixels
    """
    unexplained = total = 0.0
    for camera, true_map, predicted in zip(people.cameras, people.canonical, coarse, strict=True):
        true = true_map[face]
        unexplained += float(((aligned(unproject(camera, predicted[face]), true) - true) ** 2).sum())
        total += float(((aligned(mean[face], true) - true) ** 2).sum())
    return 1 - unexplained / total


def material_of(people: HeldOut) -> str:
    """Describe held-out people, so that figures are only compared on the same ones."""
    return f"{len(people.pixels)} held-out people of generator version {DATA_VERSION}"
