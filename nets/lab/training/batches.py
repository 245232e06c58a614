# SPDX-License-Identifier: GPL-3.0-or-later
"""Training samples from stored faces, with a new crop, rotation, mirroring and degradation each time."""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import torch
from torch.utils.data import IterableDataset, get_worker_info

from nets.geometry.crop import SIDE_PER_BOX
from nets.lab.synth.buffer import Buffer, camera_of
from nets.lab.synth.camera_degradation import clean_exposure, degrade
from nets.lab.synth.face import stored_size
from nets.lab.training.augmentation import augment_appearance
from nets.model.networks.shape_codes import MILLIMETRES

DEGRADED = 0.6  # share of the samples; the others are as sharp as most photos that users capture
REFRESH_EVERY = 500  # samples, after which new shards are searched for


def make_sample(
    record: np.ndarray,
    rng: np.random.Generator,
    size: int,
    augment: bool = True,
    clip: np.random.Generator | None = None,
) -> dict[str, np.ndarray]:
    """Return a training sample from a record () of nets.lab.synth.buffer.record_of_size.

    image: (size, size, 3) uint8
    canonical: (64, 64, 3) float32, coarse map of the stored head, canonical units, mirrored if mirror
    visible: (64, 64) float32, and gaze: (2, 2) float32; both mirrored if mirror
    identity: (100,), expression: (53,); neither is mirrored
    mirror, is_face: bool
    rotation, scale, inverse_distance, centre: the pose in normalised crop units, see
        nets/model/networks/composition.py

    augment: if False, the sample is the protocol's crop of the unchanged picture
    clip: draws what the frames of a clip have in common, mirroring and what happens to the picture; rng if None
    """
    clip = clip or rng
    camera = camera_of(record)
    rotation = camera.rotation
    canonical = record["canonical"].astype(np.float32)
    visible, gaze = np.unpackbits(record["visible"]).reshape(canonical.shape[:2]), record["gaze"]
    if record["is_face"]:
        outline = camera.project(record["landmarks"])[:, :2]
        low, high = outline.min(0), outline.max(0)
        side, middle = SIDE_PER_BOX * (high - low).mean(), (low + high) / 2
    else:
        stored = len(record["image"])
        side, middle = stored * rng.uniform(0.3, 0.9), rng.uniform(0.3, 0.7, 2) * stored
    angle = 0.0
    mirror = False
    if augment:
        loose = rng.random() < 0.2
        middle = middle + rng.normal(0, 0.1 if loose else 0.04, 2) * side
        side *= np.exp(rng.uniform(-0.3, 0.3) if loose else rng.normal(0, 0.08))
        angle = rng.normal(0, 0.2)
        mirror = clip.random() < 0.5

    zoom = size / side
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    if mirror:
        turn = np.diag([-1.0, 1.0]) @ turn
    affine = np.concatenate([zoom * turn, ((size - 1) / 2 - zoom * turn @ middle)[:, None]], 1)
    image = cv2.warpAffine(
        record["image"], affine, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    if augment:
        image = (degrade if clip.random() < DEGRADED else clean_exposure)(clip, augment_appearance(clip, image))

    view_turn = np.array([[turn[0, 0], -turn[0, 1], 0], [-turn[1, 0], turn[1, 1], 0], [0, 0, 1]])  # y up
    rotation = view_turn @ rotation
    if mirror:
        flip = np.array([-1, 1, 1], np.float32)
        rotation, canonical = rotation * flip, canonical[:, ::-1] * flip
        visible, gaze = visible[:, ::-1], gaze[::-1] * np.float16([-1, 1])
    pixel_centre = affine[:, :2] @ camera.centre + affine[:, 2]
    return {
        "image": image,
        "canonical": np.ascontiguousarray(canonical) / np.float32(MILLIMETRES),
        "visible": visible.astype(np.float32),
        "identity": record["identity"].astype(np.float32),
        "expression": record["expression"].astype(np.float32),
        "gaze": gaze.astype(np.float32),
        "mirror": np.bool_(mirror),
        "rotation": rotation.astype(np.float32),
        "scale": np.float32(camera.scale * zoom * MILLIMETRES * 2 / size),
        "inverse_distance": np.float32(camera.inverse_distance * MILLIMETRES),
        "centre": ((pixel_centre + 0.5) * 2 / size - 1).astype(np.float32),
        "is_face": record["is_face"],
    }


class FaceSamples(IterableDataset):
    """Endless random samples from a buffer that may still be growing and is not empty."""

    def __init__(self, folder: Path, size: int, seed: int):
        self._folder, self._size, self._seed = folder, size, seed

    def __iter__(self) -> Iterator[dict[str, np.ndarray]]:
        cv2.setNumThreads(0)
        worker = get_worker_info()
        rng = np.random.default_rng((self._seed, worker.id if worker else 0))
        buffer, count = Buffer(self._folder, stored_size(self._size)), 0
        while True:
            if count % REFRESH_EVERY == 0:
                buffer.refresh()
            count += 1
            yield make_sample(buffer.sample(rng, 1)[0], rng, self._size)


def held_out_samples(records: np.ndarray, size: int) -> dict[str, torch.Tensor]:
    """Return the faces among records (N,), cropped by the protocol and degraded; the seed is fixed."""
    rng = np.random.default_rng(0)
    samples = [make_sample(record, rng, size, augment=False) for record in records if record["is_face"]]
    for sample in samples:
        sample["image"] = degrade(rng, sample["image"])
    return torch.utils.data.default_collate(samples)
