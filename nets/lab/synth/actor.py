# SPDX-License-Identifier: GPL-3.0-or-later
"""One synthetic person in many frames: face, skin, hair and clothes stay the same, light and place change by scene."""

from dataclasses import dataclass

import cv2
import numpy as np

from nets.lab.face_chart import landmark_texels
from nets.lab.synth.background import draw_background
from nets.lab.synth.face import Camera
from nets.lab.synth.generator import FaceGenerator
from nets.lab.synth.render import RENDER_SIZE, render, to_srgb
from nets.lab.synth.shape import creases
from nets.topology.landmark_vertices import VERTICES

DISTANCE = 1200  # millimetres from the camera to the head
FACE_SHARE = 0.4  # of the picture's side that the face at rest takes


@dataclass(frozen=True)
class ActedFrame:
    """picture: (S, S, 3) uint8 RGB; landmarks68: (68, 3) float32, as layouts have them, image space, pixels."""

    picture: np.ndarray
    landmarks68: np.ndarray


class Actor:
    """A person whom a seed determines, in a scene."""

    def __init__(self, generator: FaceGenerator, seed: int, size: int = 2 * RENDER_SIZE, scene: int = 0):
        self._generator, self._seed, self._size, self._scene = generator, seed, size, scene
        self.identity = np.random.default_rng((seed, 0)).standard_normal(100).astype(np.float32)
        face = generator.model.shape(self.identity, np.zeros(53, np.float32))[VERTICES]
        extent = np.ptp(face[:, :2], axis=0).mean()
        self._middle = (face.max(0) + face.min(0)) / 2
        self._scale = np.float32(FACE_SHARE * RENDER_SIZE / extent)
        self._landmarks = landmark_texels(generator.model, generator.chart)
        self._background = draw_background(np.random.default_rng((seed, 1, scene)), RENDER_SIZE)

    def act(self, rotation: np.ndarray, expression: np.ndarray, gaze: np.ndarray) -> ActedFrame:
        """Draw a frame.

        rotation: (3, 3), as in nets.lab.synth.face.Camera
        expression, gaze: (53,), (2, 2), as in nets.lab.synth.shape.Person
        """
        generator, model = self._generator, self._generator.model
        vertices = generator.shape(self.identity, expression)
        shift = (rotation @ self._middle)[:2] * (-1, 1) * self._scale
        camera = Camera(rotation, self._scale, np.float32(1 / DISTANCE), (RENDER_SIZE - 1) / 2 + shift)
        skin = generator.painter.paint(self._rng(2), creases(expression, model.expression_names))
        parts, strands = generator.dress(self._rng(3), vertices, vertices[VERTICES], gaze, skin, rotation)
        image = render(self._rng(4, self._scene), parts, strands, camera, skin, self._background).image
        picture = cv2.resize(to_srgb(image), (self._size, self._size), interpolation=cv2.INTER_CUBIC)
        landmarks = generator.chart.points(vertices, self._landmarks)
        return ActedFrame(picture, camera.resized(self._size / RENDER_SIZE).project(landmarks))

    def _rng(self, *part: int) -> np.random.Generator:
        return np.random.default_rng((self._seed, *part))
