# SPDX-License-Identifier: GPL-3.0-or-later
"""How much better three photos of a person are than one, for synthetic people of known shape.

Each photo shows the person with another expression and in another light and place.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nets.geometry.crop import landmark_box
from nets.geometry.pose import fit_pose
from nets.geometry.uv_layout import FACE_WEIGHT
from nets.io.pictures import Picture
from nets.io.stopwatch import Stopwatch
from nets.lab.accuracy.evaluated_model import EvaluatedModel
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.accuracy.measures import aligned
from nets.lab.synth.actor import Actor
from nets.lab.synth.face import rotation_matrix
from nets.lab.synth.generator import FaceGenerator
from nets.lab.synth.shape import draw_person
from nets.merge.merging import Merger
from nets.merge.photo_view import PhotoView
from nets.merge.shape import MAX_DISTANCE, merge_shapes, shape_distances
from nets.topology.face_model import FaceModel

SEED, PEOPLE = 9000, 24
YAWS = 0.0, 0.6, -0.6  # radians
SPREAD = 0.1  # of yaw and of pitch from photo to photo, radians


def check_merging(evaluated: EvaluatedModel, model: FaceModel) -> Section:
    """Measure mean distances from the person's face at rest, after alignment, millimetres."""
    generator, merger = FaceGenerator(model), Merger(evaluated.capturer, evaluated.bundle)
    layout, coarse = evaluated.bundle.layout, merger.separation.coarse
    face = layout.mask & ~layout.bridged & (layout.weights > FACE_WEIGHT)
    at_rest = np.zeros(len(model.expression), np.float32)
    rows, people = [], []
    for seed in range(SEED, SEED + PEOPLE):
        identity = Actor(generator, seed).identity
        true = generator.chart.dense.gather(generator.chart.extend(model.shape(identity, at_rest)))[face]

        def error(canonical: np.ndarray, true: np.ndarray = true) -> float:
            return float(np.linalg.norm(aligned(canonical[face], true) - true, axis=1).mean())

        views = list(capture_photos(generator, merger, seed))
        maps = [view.estimate.position_map for view in views]
        captured = [error(fit_pose(layout.mean[face], each[face]).undo(each)) for each in maps]
        own = [error(coarse.shape(view.shape.identity)) for view in views]
        people.append([view.shape for view in views])
        merged = error(coarse.shape(merge_shapes(people[-1], coarse)))
        rows.append((error(layout.mean), np.mean(captured), min(captured), np.mean(own), min(own), merged))
    same = np.concatenate([shape_distances(shapes, coarse) for shapes in people])
    strangers = [
        shape_distances([*shapes[:2], other[2]], coarse)[2]
        for shapes, other in zip(people, people[1:] + people[:1], strict=True)
    ]
    names = (
        "mean face",
        *("one photo, as captured", "likewise, the best of three"),
        *("one photo, without expression", "likewise, the best of three, without expression"),
        "three photos merged",
    )
    figures = [Figure(name, float(value), "mm") for name, value in zip(names, np.mean(rows, 0), strict=True)]
    figures.append(Figure("warned of the same person", 100 * float((same > MAX_DISTANCE).mean())))
    figures.append(
        Figure("warned of a stranger", 100 * float((np.array(strangers) > MAX_DISTANCE).mean()), "%", "more")
    )
    return Section("merged photos", f"{PEOPLE} synthetic people in {len(YAWS)} photos each", figures)


def capture_photos(generator: FaceGenerator, merger: Merger, seed: int) -> Iterator[PhotoView]:
    """Capture one person's photos, given where the face is."""
    rng = np.random.default_rng(seed)
    for scene, yaw in enumerate(YAWS):
        person = draw_person(rng, generator.model.expression_names)
        rotation = rotation_matrix(*rng.normal((yaw, 0, 0), (SPREAD, SPREAD, SPREAD / 2)))
        frame = Actor(generator, seed, scene=scene).act(rotation, person.expression, person.gaze)
        picture = Picture(Path(f"{seed}-{scene}"), frame.picture)
        box = landmark_box(frame.landmarks68)[None]
        yield merger.photo_view(picture, {picture.path.name: box}, Stopwatch())
