# SPDX-License-Identifier: GPL-3.0-or-later
"""Landmark errors on real photos with known truth, cropped by AFLW2000-3D's protocol, on the whole capture path."""

import numpy as np

from nets.geometry.crop import landmark_box
from nets.lab.accuracy.evaluated_model import EvaluatedModel
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.accuracy.landmark_errors import (
    euler_errors,
    landmark_distances,
    landmark_figures,
    mean_of_bins,
    plane_distances,
    rotation_errors,
)
from nets.lab.accuracy.measures import means_by_yaw
from nets.lab.training.photos import TruePhoto

PRINTED = 40  # photos with a row of their own


def check_real(evaluated: EvaluatedModel, photos: list[TruePhoto]) -> Section:
    """Measure landmark errors on photos whose true landmarks are known."""
    estimates = [evaluated.capturer.find(photo.pixels, [landmark_box(photo.landmarks)])[0] for photo in photos]
    found = np.stack([estimate.landmarks for estimate in estimates])
    truth = np.stack([photo.landmarks for photo in photos])
    yaw = np.array([photo.yaw for photo in photos])
    distances = landmark_distances(found, truth, evaluated.mean_landmarks)
    rows = [f"{'photo':<20}{'yaw':>5}{'2D':>8}{'3D':>8}{'aligned':>9}{'mean face':>11}{'confidence':>12}"]
    for k, (photo, estimate) in enumerate(zip(photos, estimates, strict=True)):
        if k < PRINTED:
            each = [distances[name][k].mean() for name in ("2D", "3D", "aligned", "aligned, mean face")]
            cells = "{:8.2f}{:8.2f}{:9.2f}{:11.2f}".format(*each)
            rows.append(f"{photo.name:<20}{np.degrees(yaw[k]):5.0f}{cells}{estimate.confidence:12.2f}")
    material = f"{len(photos)} photos from {photos[0].name} to {photos[-1].name}"
    figures = landmark_figures(distances, yaw) + means_by_yaw("head rotation", rotation_errors(found, truth), yaw, "°")
    if all(photo.reannotated is not None for photo in photos):
        others = np.stack([photo.reannotated for photo in photos])
        again = plane_distances(found[..., :2], others)
        figures += [*means_by_yaw("2D, re-annotated", again, yaw), *mean_of_bins("2D, re-annotated", again, yaw)]
    angles = euler_errors(found, np.stack([photo.angles for photo in photos]), evaluated.mean_landmarks)
    figures += [
        Figure(f"Euler angles, {name}", float(mean), "°")
        for name, mean in (*zip(("pitch", "yaw", "roll"), angles.mean(0), strict=True), ("mean", angles.mean()))
    ]
    return Section("real", material, figures, rows)
