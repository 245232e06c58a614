# SPDX-License-Identifier: GPL-3.0-or-later
"""Series of pictures of synthetic people as a bake sees the frames of a clip: tracked, read, and cut out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from pathlib import Path

import cv2
import numpy as np

from nets.io.clip_frame import ClipFrame
from nets.io.files import replace_npz
from nets.lab.synth.buffer import camera_of
from nets.lab.synth.camera_degradation import clean_exposure, degrade
from nets.lab.training.augmentation import augment_appearance
from nets.performance.crop_window import CropWindow
from nets.performance.motion_reading import load_motion_reading
from nets.performance.tracker import Tracker
from nets.topology.arkit import OTHER_SIDE, named_weights

PICTURES, SHARD_SERIES, SEED = 5, 20, 771
SEEN = 0.8  # confidence from which a picture counts
DEGRADED = 0.4  # share of the series
GRAIN, COMPRESSED, QUALITY = 3.0, 0.7, (40, 95)  # of the frames: mean grey levels, share of the series, and JPEG's


@dataclass(frozen=True)
class SeenSeries:
    """S series whose pictures the network sees all.

    views: (S, PICTURES, *VIEW) uint8, see nets.performance.face_view
    readings: (S, PICTURES, 52) float32, of motion, above an unknown reading of the person's rest
    weights: (S, PICTURES, 52) float32, the true ones
    """

    views: np.ndarray
    readings: np.ndarray
    weights: np.ndarray

    def __len__(self) -> int:
        return len(self.views)

    @classmethod
    def joined(cls, parts: Sequence[SeenSeries]) -> SeenSeries:
        """Return all series of several."""
        return cls(*(np.concatenate([getattr(part, field.name) for part in parts]) for field in fields(cls)))


def see_series(tracker: Tracker, file: Path) -> SeenSeries:
    """Return the series of a file of nets.lab.synth.series.write_shards; what is seen is kept beside it."""
    kept = file.with_name(f"seen-{file.stem}.npz")
    if kept.exists():
        with np.load(kept) as arrays:
            return SeenSeries(**arrays)
    motion, parts = load_motion_reading(), []
    mean = tracker.coarse.mean.reshape(-1, 3)[motion.texels]
    records = np.load(file)
    for first in range(0, len(records), PICTURES):
        part = records[first : first + PICTURES]
        windows, pictures, mirrored = as_clip(part, (int(file.stem[-6:]), first))
        frames = [ClipFrame(k, 0.0, picture) for k, picture in enumerate(pictures)]
        looks = [tracker.look(frame, [0], [window]) for frame, window in zip(frames, windows, strict=True)]
        estimates = np.concatenate(looks)
        if estimates["confidence"].min() < SEEN:
            continue
        for frame, estimate in zip(frames, estimates, strict=True):
            tracker.keep_views(frame, estimate[None])
        weights = named_weights(part["expression"].astype(np.float32))
        moved = estimates["offset"].reshape(PICTURES, -1, 3)[:, motion.texels].astype(float)
        rest = moved.mean(0)
        expression = estimates["expression"].astype(np.float32).clip(0, 1)
        readings = motion.read(moved - rest, mean + rest, expression).astype(np.float32)
        parts.append((estimates["view"].copy(), readings, weights[:, OTHER_SIDE] if mirrored else weights))
    seen = SeenSeries(*map(np.stack, zip(*parts, strict=True)))
    replace_npz(kept, vars(seen))
    return seen


def as_clip(records: np.ndarray, seed: tuple[int, int]) -> tuple[list[CropWindow], list[np.ndarray], bool]:
    """Return windows and pictures of a series (PICTURES,) as of frames of one clip, and whether they are mirrored."""
    clip, each = (np.random.default_rng((*seed, part)) for part in (0, 1))
    mirrored, damage = clip.random() < 0.5, degrade if clip.random() < DEGRADED else clean_exposure
    same, grain = clip.integers(2**32), clip.exponential(GRAIN)
    quality = int(clip.uniform(*QUALITY)) if clip.random() < COMPRESSED else None
    shift, growth = clip.normal(0, 0.03, 2), clip.normal(0, 0.06)
    windows, pictures = [], []
    for record in records:
        picture, camera = record["image"], camera_of(record)
        landmarks = camera.project(record["landmarks"]).astype(float)
        upright = camera.project(np.float32([[0, 0, 0], [0, 50, 0]]))[:, :2]
        if mirrored:
            picture = picture[:, ::-1]
            for points in (landmarks, upright):
                points[:, 0] = picture.shape[1] - 1 - points[:, 0]
        rng = np.random.default_rng(same)
        picture = damage(rng, augment_appearance(rng, np.ascontiguousarray(picture)))
        picture = np.clip(picture + each.normal(0, grain, picture.shape), 0, 255).astype(np.uint8)
        if quality:
            encoded = cv2.imencode(".jpg", picture[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
            picture = cv2.imdecode(encoded, cv2.IMREAD_COLOR)[..., ::-1]
        up = upright[1] - upright[0]
        window = CropWindow.of(landmarks, float(np.arctan2(up[0], -up[1]) + each.normal(0, 0.03)))
        x, y = window.side * (shift + each.normal(0, 0.01, 2)) + (window.x, window.y)
        windows.append(CropWindow(x, y, float(window.side * np.exp(growth + each.normal(0, 0.015))), window.roll))
        pictures.append(np.ascontiguousarray(picture))
    return windows, pictures, mirrored
