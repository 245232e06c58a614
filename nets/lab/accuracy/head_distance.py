# SPDX-License-Identifier: GPL-3.0-or-later
"""How far captured heads lie from the true heads of held-out synthetic people: face, scalp and neck, eyes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.capture.face import FaceResult
from nets.geometry.crop import landmark_box
from nets.geometry.similarity import fit_similarity
from nets.geometry.uv_layout import FACE_WEIGHT
from nets.lab.accuracy.evaluated_model import EvaluatedModel
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.head.attachment import Surface
from nets.lab.synth.generator import FaceGenerator
from nets.topology.face_model import HEAD_AND_NECK, LEFT_EYEBALL, RIGHT_EYEBALL, FaceModel, eyeball_centre
from nets.topology.head import HeadMaker

PEOPLE, SEED = 24, 9500
MOST_YAW = np.radians(45)


@dataclass(frozen=True)
class Places:
    """Where a head is compared: points (N, 3), those of the own head's skin, and eyes (2, 3), the eyeballs' centres."""

    points: np.ndarray
    eyes: np.ndarray


def check_head_distance(evaluated: EvaluatedModel, model: FaceModel) -> Section:
    """Measure mean distances from the true head, aligned with the captured one by the face, millimetres.

    All heads are compared at the same points: where the vertices of the own head's skin lie on the face model's mean
    head. So both meshes and the mean head have the same measure.
    """
    layout, generator = evaluated.bundle.layout, FaceGenerator(model)
    own, ict = HeadMaker(layout), HeadMaker(layout, "model")
    skin = len(own.model.chart)
    outer = model.faces[((model.faces < HEAD_AND_NECK.stop) | (model.faces < 0)).all(1)]
    attachment = Surface(model.neutral[: HEAD_AND_NECK.stop], outer).attach(own.model.neutral[:skin])
    face, beyond = own.correspondence.weights > FACE_WEIGHT, np.isnan(own.model.chart[:, 0])

    def of_model(vertices: np.ndarray) -> Places:
        eyes = [eyeball_centre(vertices, eyeball) for eyeball in (LEFT_EYEBALL, RIGHT_EYEBALL)]
        return Places(attachment.of(vertices), np.stack(eyes))

    def of_own(vertices: np.ndarray) -> Places:
        return Places(vertices[:skin], np.stack([own.model.eye_centre(vertices, side) for side in ("Left", "Right")]))

    rows = []
    for seed in range(SEED, SEED + PEOPLE):
        true, captured = _captured(evaluated, generator, np.random.default_rng(seed))
        made = [
            maker.make(captured.canonical_vertices(), captured.texture, captured.gaze).fitted.captured
            for maker in (own, ict)
        ]
        places = of_own(made[0]), of_model(made[1]), of_model(model.neutral)
        rows.append([_distances(each, of_model(true), face, beyond) for each in places])
    figures = [
        Figure(f"{part}, {mesh}", float(value), "mm")
        for part, values in zip(("face", "scalp and neck", "eyes"), np.mean(rows, 0).T, strict=True)
        for mesh, value in zip(("own head", "ICT topology", "mean head"), values, strict=True)
    ]
    return Section("head's distance", f"{PEOPLE} synthetic people, yaw up to 45°", figures)


def _captured(
    evaluated: EvaluatedModel, generator: FaceGenerator, rng: np.random.Generator
) -> tuple[np.ndarray, FaceResult]:
    """Draw a person and capture the picture: the true head (V, 3), canonical millimetres, and the face."""
    while True:
        drawn = generator.draw(rng)
        rotation = drawn.camera.rotation
        if abs(np.arctan2(rotation[0, 2], rotation[2, 2])) < MOST_YAW:
            break
    true = generator.shape(drawn.identity, drawn.expression)
    box = landmark_box(drawn.camera.project(drawn.landmarks))
    (estimate,) = evaluated.capturer.find(drawn.image, [box])
    return true, evaluated.capturer.build(drawn.image, estimate)


def _distances(found: Places, true: Places, face: np.ndarray, beyond: np.ndarray) -> list[float]:
    """Return the mean distances of face and of scalp and neck, (N,) bool each, and of the eyes, after the best
    similarity of the face."""
    pose = fit_similarity(found.points[face], true.points[face])
    apart = np.linalg.norm(pose.apply(found.points) - true.points, axis=1)
    eyes = np.linalg.norm(pose.apply(found.eyes) - true.eyes, axis=1)
    return [apart[face].mean(), apart[beyond].mean(), eyes.mean()]
