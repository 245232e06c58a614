# SPDX-License-Identifier: GPL-3.0-or-later
"""Errors of a network in training, on held-out synthetic people and on real photos with known truth."""

from typing import Protocol

import cv2
import numpy as np
import torch
from torch import Tensor, nn

from nets.geometry.crop import Crop, landmark_box
from nets.lab.training.photos import TruePhoto, aligned_error, error_2d, error_3d
from nets.lab.training.targets import Truth
from nets.lab.training.tasks import FacePrediction, TrainingTask

BATCH = 50
TILE = 256  # pixels of the contact sheet's tiles
MEASURES = error_2d, error_3d, aligned_error


class LandmarkTask(Protocol):
    """What it takes to measure a network's landmarks: a part of TrainingTask."""

    input_size: int

    def predict_landmarks(self, network: nn.Module, pictures: Tensor) -> FacePrediction:
        """Return the landmarks that the network sees in pictures (B, 3, S, S) in [0, 1]."""


@torch.inference_mode()
def measure_synthetic(network: nn.Module, images: Tensor, truth: Truth, task: TrainingTask) -> dict[str, float]:
    """Measure mean errors on faces (N, S, S, 3) uint8, in % of the landmark box.

    2D, 3D and aligned are errors of the 68 landmarks; the aligned mean face shows what needs no network. R2 is the
    share of the individual shape variance that is recovered, without ears and neck, for networks that predict the
    shape without expression.
    """
    coarse = task.coarse
    mean_face, weights = coarse.landmark_mean.cpu().numpy() * (1, -1, 1), coarse.face[:, None]
    errors, unexplained, total = [], 0.0, 0.0
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        prediction = task.predict_landmarks(network, to_input(images[part]))
        for points, true in zip(prediction.landmarks.cpu().numpy(), truth.landmarks[part].cpu().numpy(), strict=True):
            errors.append([*(measure(points, true) for measure in MEASURES), aligned_error(mean_face, true)])
        if prediction.neutral is not None:
            unexplained += float(((prediction.neutral - truth.neutral[part]).square() * weights).sum())
            total += float(((truth.neutral[part] - coarse.mean).square() * weights).sum())
    names = "2D", "3D", "aligned", "aligned mean face"
    measured = dict(zip(names, np.mean(errors, 0).tolist(), strict=True))
    return measured | {"R2": 1 - unexplained / total} if total else measured


@torch.inference_mode()
def measure_photos(network: nn.Module, photos: list[TruePhoto], task: LandmarkTask) -> dict[str, float]:
    """Measure mean errors on real photos, cropped around the true landmarks as the benchmark's protocol says."""
    errors = photo_errors(network, photos, task)
    return dict(zip(("2D", "3D", "aligned"), errors.mean(0).tolist(), strict=True)) | {
        "worst 2D": float(errors.max(0)[0])
    }


def photo_errors(network: nn.Module, photos: list[TruePhoto], task: LandmarkTask) -> np.ndarray:
    """Return the 2D, 3D and aligned errors (N, 3) on real photos, in % of the landmark box."""
    points = [(predict_photo(network, photo, task)[1], photo.landmarks) for photo in photos]
    return np.array([[measure(*pair) for measure in MEASURES] for pair in points])


@torch.inference_mode()
def landmark_errors(network: nn.Module, images: Tensor, landmarks: Tensor, task: LandmarkTask) -> np.ndarray:
    """Return the 2D, 3D and aligned errors (N, 3) on faces (N, S, S, 3) uint8, in % of the landmark box.

    landmarks: (N, 68, 3), normalised image units
    """
    errors = []
    for start in range(0, len(images), BATCH):
        part = slice(start, start + BATCH)
        predicted = task.predict_landmarks(network, to_input(images[part])).landmarks.cpu().numpy()
        pairs = zip(predicted, landmarks[part].cpu().numpy(), strict=True)
        errors += [[measure(*pair) for measure in MEASURES] for pair in pairs]
    return np.array(errors)


@torch.inference_mode()
def predict_photo(network: nn.Module, photo: TruePhoto, task: LandmarkTask) -> tuple[Crop, np.ndarray]:
    """Return the crop, and the predicted landmarks (68, 3), image space of the photo, pixels."""
    crop = Crop.around(landmark_box(photo.landmarks), task.input_size)
    pixels = torch.from_numpy(crop.extract(photo.pixels))[None].to(next(network.parameters()).device)
    points = task.predict_landmarks(network, to_input(pixels)).landmarks[0].cpu().numpy()
    half = task.input_size / 2
    return crop, crop.to_image(points * half + (half - 0.5, half - 0.5, 0))


def to_input(images: Tensor) -> Tensor:
    """Convert pictures (B, S, S, 3) uint8 to a network's input (B, 3, S, S) in [0, 1]."""
    return images.permute(0, 3, 1, 2).contiguous(memory_format=torch.channels_last).float() / 255


def contact_sheet(
    network: nn.Module, images: Tensor, landmarks: Tensor, photos: list[TruePhoto], task: LandmarkTask
) -> np.ndarray:
    """Draw predicted landmarks in green and true ones in red on faces and photos: (H, W, 3) uint8 RGB.

    landmarks: true ones of the images (N, 68, 3) or more, normalised image units
    """
    tiles = []
    with torch.inference_mode():
        points = task.predict_landmarks(network, to_input(images)).landmarks.cpu().numpy()
    half = task.input_size / 2
    for image, found, true in zip(images.cpu().numpy(), points, landmarks.cpu().numpy(), strict=False):
        tiles.append(_tile(image, (true[:, :2] + 1) * half - 0.5, (found[:, :2] + 1) * half - 0.5))
    for photo in photos:
        crop, found = predict_photo(network, photo, task)
        tiles.append(
            _tile(crop.extract(photo.pixels), crop.to_crop(photo.landmarks)[:, :2], crop.to_crop(found)[:, :2])
        )
    tiles += [np.zeros_like(tiles[0])] * (-len(tiles) % 6)
    return np.concatenate([np.concatenate(tiles[k : k + 6], 1) for k in range(0, len(tiles), 6)])


def _tile(image: np.ndarray, true: np.ndarray, found: np.ndarray) -> np.ndarray:
    """Draw one tile, given landmarks (68, 2) in the image's pixels."""
    zoom = TILE / len(image)
    tile = np.ascontiguousarray(cv2.resize(image, (TILE, TILE), interpolation=cv2.INTER_CUBIC))
    for points, colour in ((true, (255, 60, 60)), (found, (60, 255, 60))):
        for x, y in ((points + 0.5) * zoom - 0.5) * 16:
            cv2.circle(tile, (round(float(x)), round(float(y))), 24, colour, -1, cv2.LINE_AA, 4)
    return tile
