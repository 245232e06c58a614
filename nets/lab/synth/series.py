# SPDX-License-Identifier: GPL-3.0-or-later
"""Series of pictures of one synthetic person, who acts and turns the head a little from one to the next.

From such series a network learns what a motion looks like on anyone's face, whatever that face is like at rest.
"""

from pathlib import Path

import numpy as np

from nets.io.files import make_folder, replacing
from nets.lab.synth.background import draw_background
from nets.lab.synth.buffer import to_record
from nets.lab.synth.expressions import draw_expression
from nets.lab.synth.face import SyntheticFace, rotation_matrix
from nets.lab.synth.framing import draw_inverse_distance, draw_rotation, framing_camera
from nets.lab.synth.generator import FaceGenerator
from nets.lab.synth.render import render
from nets.lab.synth.shape import Person, creases, draw_person
from nets.topology.landmark_vertices import VERTICES

TURN = 0.15  # radians, standard deviation of the head's turns within a series
AT_REST = 0.5  # share of the series whose first picture shows the face at rest, looking ahead


def draw_series(generator: FaceGenerator, rng: np.random.Generator, count: int) -> list[SyntheticFace]:
    """Draw pictures of one person, in one light and before one background."""
    seed, names = rng.integers(2**32), generator.model.expression_names

    def same(part: int) -> np.random.Generator:
        return np.random.default_rng((seed, part))  # draws the same in all pictures of the series

    identity = draw_person(rng, names).identity
    rotation, inverse_distance = draw_rotation(rng), draw_inverse_distance(rng)
    background = draw_background(same(0), generator.render_size)
    faces = []
    for number in range(count):
        expression, gaze = draw_expression(rng, names)
        if number == 0 and rng.random() < AT_REST:
            expression, gaze = np.zeros_like(expression), np.zeros_like(gaze)
        turned = rotation_matrix(*rng.normal(0, TURN, 3)) @ rotation
        vertices = generator.shape(identity, expression)
        landmarks = vertices[VERTICES]
        size = generator.render_size
        camera = framing_camera(rng, turned.astype(np.float32), inverse_distance, landmarks, size)
        skin = generator.painter.paint(same(1), creases(expression, names))
        parts, strands = generator.dress(same(2), vertices, landmarks, gaze, skin, turned)
        picture = render(same(3), parts, strands, camera, skin, background)
        truth = generator.truth(Person(identity, expression, gaze), vertices, camera)
        faces.append(generator.stored_face(picture, truth))
    return faces


def write_shards(generator: FaceGenerator, folder: Path, shards: int, seed: int, series: int, pictures: int) -> None:
    """Draw those shards that are not there yet, files of records (series * pictures,)."""
    make_folder(folder)
    for number in range(shards):
        path = folder / f"series-{number:06d}.npy"
        if not path.exists():
            rng = np.random.default_rng((seed, number))
            faces = [face for _ in range(series) for face in draw_series(generator, rng, pictures)]
            with replacing(path) as file:
                np.save(file, np.stack([to_record(face) for face in faces]))
