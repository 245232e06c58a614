# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors on held-out synthetic people: the landmarks, every texel of the face, and how much of a person's own shape is
found."""

import numpy as np

from nets.geometry.uv_layout import FACE_WEIGHT, UVLayout
from nets.lab.accuracy.evaluated_model import Subject
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.accuracy.held_out import (
    HeldOut,
    Seen,
    at_coarse_texels,
    degraded,
    draw_neutral_people,
    look_at,
    look_twice,
    unproject,
)
from nets.lab.accuracy.landmark_errors import landmark_distances, landmark_figures, rotation_errors
from nets.lab.accuracy.measures import OUTER_EYE_CORNERS, aligned, depth_centred, means_by_yaw
from nets.lab.synth.buffer import DATA_VERSION
from nets.topology.face_model import FaceModel

NEUTRAL_PEOPLE = 200


def check_landmarks(subject: Subject, people: HeldOut, seen: Seen) -> Section:
    """The real photos' table on synthetic people."""
    truth = people.image_landmarks
    figures = landmark_figures(landmark_distances(seen.landmarks, truth, subject.mean_landmarks), people.yaw)
    figures += means_by_yaw("head rotation", rotation_errors(seen.landmarks, truth), people.yaw, "°")
    return Section("synthetic landmarks", material_of(people), figures)


def check_shape(subject: Subject, people: HeldOut, seen: Seen, model: FaceModel) -> Section:
    """Dense errors in % of the outer eye-corner distance, and the share of shape variance recovered."""
    face = face_texels(subject.bundle.layout, people.canonical.shape[1])
    sharp = draw_neutral_people(model, NEUTRAL_PEOPLE, subject.bundle.input_size)
    neutral = degraded(sharp)
    mean = at_coarse_texels(subject.bundle.layout.mean, len(face))
    figures = vertex_figures(people, seen.coarse, face, mean)
    identity = shape_variance_recovered(neutral, look_at(subject, neutral).coarse, face, mean)
    figures.append(Figure("R² of identity (people at rest)", identity, "", "more"))
    captured = shape_variance_recovered(sharp, look_twice(subject, sharp), face, mean)
    figures.append(Figure("likewise, sharp pictures, as captured", captured, "", "more"))
    return Section("synthetic shape", f"{material_of(people)}, {material_of(neutral)} at rest", figures)


def face_texels(layout: UVLayout, size: int) -> np.ndarray:
    """Texels (size, size) bool of the face: not of ears and neck, nor of the insides of lids and lips."""
    whole = layout.mask & ~layout.bridged & (layout.weights > FACE_WEIGHT)
    return at_coarse_texels(whole[..., None].astype(np.float32), size)[..., 0] == 1


def vertex_figures(people: HeldOut, coarse: np.ndarray, face: np.ndarray, mean: np.ndarray) -> list[Figure]:
    """coarse (N, G, G, 3) maps seen, face (G, G) bool, mean (G, G, 3) canonical."""
    posed, at_rest, mean_face = [], [], []
    for camera, landmarks, true_map, seen_map in zip(
        people.cameras, people.landmarks, people.canonical, coarse, strict=True
    ):
        found, true = unproject(camera, seen_map[face]), true_map[face]
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
    """R²: what of the squared distance between true shapes and the mean face, after alignment, the maps explain."""
    unexplained = total = 0.0
    for camera, true_map, seen_map in zip(people.cameras, people.canonical, coarse, strict=True):
        true = true_map[face]
        unexplained += float(((aligned(unproject(camera, seen_map[face]), true) - true) ** 2).sum())
        total += float(((aligned(mean[face], true) - true) ** 2).sum())
    return 1 - unexplained / total


def material_of(people: HeldOut) -> str:
    return f"{len(people.pixels)} held-out people of generator version {DATA_VERSION}"
