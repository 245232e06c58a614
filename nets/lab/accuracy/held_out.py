# SPDX-License-Identifier: GPL-3.0-or-later
"""Synthetic people on whom no network is trained: their pictures, their truth, and a model's predictions."""

from dataclasses import dataclass, replace

import numpy as np

from nets.geometry.crop import Crop, landmark_box, unmirrored
from nets.lab.accuracy.evaluated_model import EvaluatedModel
from nets.lab.synth.buffer import HELD_OUT_SHARD, camera_of, draw_records
from nets.lab.synth.camera_degradation import degrade
from nets.lab.synth.face import Camera, stored_size
from nets.lab.synth.generator import FaceGenerator
from nets.topology.face_model import FaceModel


@dataclass(frozen=True)
class HeldOut:
    """N faces and their truth.

    pixels: N crops (S, S, 3) uint8 by the protocol, sharp or degraded
    canonical: (N, G, G, 3) float32, true coarse maps, canonical, millimetres
    landmarks: (N, 68, 3) float32, the features that the landmarks are called after, canonical, millimetres
    expression: (N, 53) float32, the face model's weights
    gaze: (N, 2, 2) float32, yaw and pitch of the right and the left eye, radians
    visible: (N, G, G) bool, texels in plain view
    """

    pixels: list[np.ndarray]
    crops: list[Crop]
    cameras: list[Camera]
    canonical: np.ndarray
    landmarks: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray
    visible: np.ndarray

    @property
    def yaw(self) -> np.ndarray:
        """Head yaw (N,), radians, positive towards the image's right."""
        return np.array([np.arctan2(camera.rotation[0, 2], camera.rotation[2, 2]) for camera in self.cameras])

    @property
    def image_landmarks(self) -> np.ndarray:
        """True landmarks (N, 68, 3), image space, pixels."""
        return np.stack([camera.project(each) for camera, each in zip(self.cameras, self.landmarks, strict=True)])


@dataclass(frozen=True)
class Predictions:
    """What a model predicts for N faces; expression and gaze as in nets.model.engines.Prediction.

    coarse: (N, G, G, 3), position maps at the centres of the truth's texels, image space, pixels
    landmarks: (N, 68, 3), as HeldOut's, image space, pixels
    expression: (N, 53)
    gaze: (N, 2, 2), radians
    """

    coarse: np.ndarray
    landmarks: np.ndarray
    expression: np.ndarray
    gaze: np.ndarray


def draw_people(model: FaceModel, count: int, input_size: int) -> HeldOut:
    """Draw the faces among the first `count` records of the held-out shard, in degraded pictures."""
    return degraded(_draw(FaceGenerator(model, stored_size(input_size)), HELD_OUT_SHARD, count, input_size))


def draw_neutral_people(model: FaceModel, count: int, input_size: int) -> HeldOut:
    """Draw people without expression in sharp pictures, from a shard of their own: they differ in identity alone."""
    at_rest = replace(model, expression=np.zeros_like(model.expression))
    return _draw(FaceGenerator(at_rest, stored_size(input_size)), HELD_OUT_SHARD + 1, count, input_size)


def degraded(people: HeldOut) -> HeldOut:
    """Return the same people in degraded pictures; the seed is fixed."""
    rng = np.random.default_rng(0)
    return replace(people, pixels=[degrade(rng, pixels) for pixels in people.pixels])


def _draw(generator: FaceGenerator, shard: int, count: int, input_size: int) -> HeldOut:
    records = draw_records(generator, shard, count)
    records = records[records["is_face"]]
    cameras = [camera_of(record) for record in records]
    crops = [
        Crop.around(landmark_box(camera.project(record["landmarks"])), input_size)
        for record, camera in zip(records, cameras, strict=True)
    ]
    pixels = [crop.extract(record["image"]) for crop, record in zip(crops, records, strict=True)]
    canonical = records["canonical"].astype(np.float32)
    size = canonical.shape[1]
    visible = np.unpackbits(records["visible"], axis=1).reshape(-1, size, size).astype(bool)
    expression, gaze = (records[name].astype(np.float32) for name in ("expression", "gaze"))
    return HeldOut(pixels, crops, cameras, canonical, records["landmarks"], expression, gaze, visible)


def predict_with_flip(evaluated: EvaluatedModel, people: HeldOut) -> np.ndarray:
    """Predict coarse maps (N, G, G, 3), image space, the mean of a crop's and its mirror image's, as in captures."""
    in_mirror = [np.ascontiguousarray(pixels[:, ::-1]) for pixels in people.pixels]
    pairs = zip(evaluated.predict(people.pixels), evaluated.predict(in_mirror), strict=True)
    maps = (each for pair in pairs for each in zip(*(prediction.position_maps for prediction in pair), strict=True))
    coarse = []
    for crop, (direct, mirrored) in zip(people.crops, maps, strict=True):
        mean = (direct + unmirrored(mirrored, evaluated.bundle.input_size)) / 2
        coarse.append(crop.to_image(at_coarse_texels(mean, people.canonical.shape[1])))
    return np.stack(coarse)


def predict_people(evaluated: EvaluatedModel, people: HeldOut) -> Predictions:
    """Run the model once on every crop."""
    coarse, landmarks, expression, gaze = [], [], [], []
    crops = iter(people.crops)
    for prediction in evaluated.predict(people.pixels):
        expression.append(prediction.expression)
        gaze.append(prediction.gaze)
        for in_crop in prediction.position_maps:
            crop = next(crops)
            coarse.append(crop.to_image(at_coarse_texels(in_crop, people.canonical.shape[1])))
            landmarks.append(crop.to_image(evaluated.bundle.layout.features_of(in_crop)))
    return Predictions(np.stack(coarse), np.stack(landmarks), np.concatenate(expression), np.concatenate(gaze))


def at_coarse_texels(values: np.ndarray, size: int) -> np.ndarray:
    """Sample a map (S, S, C) at the centres of size x size texels, S / size being even: the mean of the four texels
    around each centre."""
    step = len(values) // size
    low, high = values[step // 2 - 1 :: step], values[step // 2 :: step]
    return sum(part[:, k::step] for part in (low, high) for k in (step // 2 - 1, step // 2)) / 4


def unproject(camera: Camera, points: np.ndarray) -> np.ndarray:
    """Return image points (N, 3) in canonical space (N, 3): the inverse of camera.project."""
    depth = points[:, 2:] / camera.scale
    flat = (points[:, :2] - camera.centre) * (1, -1) * (1 - camera.inverse_distance * depth) / camera.scale
    return np.concatenate([flat, depth], 1) @ camera.rotation
