# SPDX-License-Identifier: GPL-3.0-or-later
"""Fit how far an alignment with the person's rest is believed (nets/performance/picture_reading.py).

The series of pictures of synthetic people are tracked as clips are. Of two pictures of a series the one is taken for
the rest of the other; what is regressed is the error of the reading of motion.
"""

from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np

from nets.capture.capturer import Capturer
from nets.geometry.coarse_map import CoarseShape
from nets.io.clip_frame import ClipFrame
from nets.lab.synth.buffer import camera_of
from nets.lab.synth.camera_degradation import clean_exposure, degrade
from nets.lab.training.augmentation import augment_appearance
from nets.lab.training.weight_regression import OTHER_SIDE, gain_of, ridge, slope_and_correlation, still_motion
from nets.performance.crop_window import CropWindow
from nets.performance.face_view import axes
from nets.performance.motion_reading import MotionReading, load_motion_reading
from nets.performance.picture_alignment import Alignment
from nets.performance.picture_reading import KEYS, PictureReading
from nets.performance.tracker import Tracker
from nets.topology.arkit import NAMES, named_weights

PICTURES, SHARD_SERIES, SEED = 5, 20, 771
RESTS = 0, 2  # the pictures of a series that are taken for its rest
SEEN = 0.8  # confidence from which a picture counts
DEGRADED = 0.4  # share of the series
GRAIN, COMPRESSED, QUALITY = 3.0, 0.7, (40, 95)  # of the frames: mean grey levels, share of the series, and JPEG's
RIDGE = 400.0  # of a standardised coefficient's square, in samples
FOLDS = 5
SMOOTHED = 0.8  # share of a picture's noise that is left where clips are smoothed
HELPFUL = 2  # hundredths of correlation by which pictures raise those weights that are read from them at all
FRONT, REACH = -30.0, 3.0  # millimetres: canonical z, and distance of a texel from a pixel that lies on the face
ACROSS, UP, DOWN = 62.0, 40.0, -112.0  # millimetres: canonical x and y up to which pixels count


def fit_picture_reading(capturer: Capturer, folder: Path) -> tuple[PictureReading, dict[str, np.ndarray]]:
    """Fit the reading to all series of a folder.

    Returns it, and tables (52, 2) of each weight's slope and correlation, of differences that were not fitted to, with
    motion alone and with pictures.
    """
    motion, tracker = load_motion_reading(), Tracker(capturer, 25.0)
    pixels, places = pixels_on_face(tracker.coarse)
    series = list(_tracked_series(tracker, motion, folder))
    said, true, owner = (np.concatenate(each) for each in zip(*_pairs(series), strict=True))
    error = np.cov(_with_mirror(true - said).T)
    error = 0.9 * error + 0.1 * np.diag(np.diag(error)) + 1e-4 * np.eye(len(error))
    nothing = np.zeros(0)
    reading = PictureReading(pixels, places, error.astype(np.float32), nothing, nothing, nothing)
    alignment, seen = Alignment(reading, tracker.coarse), []
    for readings, views, _ in series:
        for rest in RESTS:
            alignment.start_from(views[rest])
            others = np.delete(np.arange(PICTURES), rest)
            above = readings[others] - readings[rest]
            seen.append(reading.features(alignment.align(views[others], above), above))
    mirror = [KEYS.index(OTHER_SIDE[k]) for k in KEYS]
    seen = np.concatenate([np.concatenate(seen), np.concatenate(seen)[:, [*mirror, *(len(KEYS) + k for k in mirror)]]])
    said, true, owner = _with_mirror(said), _with_mirror(true), np.tile(owner, 2)
    found = said.copy()
    for fold in range(FOLDS):
        held_out = owner % FOLDS == fold
        found[held_out] += seen[held_out] @ _ridge(seen[~held_out], (true - said)[~held_out])
    tables = {"motion": slope_and_correlation(said, true), "pictures": slope_and_correlation(found, true)}
    before, after = ((100 * table[:, 1]).round() for table in tables.values())
    helped = np.intersect1d(KEYS, np.flatnonzero(after - before >= HELPFUL))
    # Of a difference only half is noise of the picture itself.
    noise = SMOOTHED * np.sqrt(0.5) * still_motion(found, true)
    gain = gain_of(tables["pictures"])
    others = np.setdiff1d(np.arange(len(NAMES)), helped)
    noise[others], gain[others] = motion.noise[others], motion.gain[others]
    coefficients = _ridge(seen, true - said)
    coefficients[:, others] = 0
    arrays = (each.astype(np.float32) for each in (error, coefficients, noise, gain))
    return PictureReading(pixels, places, *arrays), tables


def pixels_on_face(coarse: CoarseShape) -> tuple[np.ndarray, np.ndarray]:
    """Return pixels and places of a PictureReading: which pixels of a view lie on the face, and where in the map."""
    mean = coarse.layout.mean
    texels = np.argwhere(coarse.layout.mask.astype(bool) & (mean[..., 2] > FRONT))
    points = mean[texels[:, 0], texels[:, 1]]
    x, y = axes()
    nearest, apart = np.zeros((2, len(y), len(x)))
    for row, height in enumerate(y):
        band = np.flatnonzero(np.abs(height - points[:, 1]) < REACH)
        away = (x[:, None] - points[band, 0]) ** 2 + (height - points[band, 1]) ** 2
        if len(band):
            nearest[row], apart[row] = band[away.argmin(1)], away.min(1)
        else:
            apart[row] = np.inf
    inside = (np.abs(x) < ACROSS) & ((y > DOWN) & (y < UP))[:, None]
    pixels = np.flatnonzero(inside & (apart < REACH**2))
    factor = len(mean) // len(coarse.mean)
    row, column = ((texels[nearest.astype(int).ravel()[pixels]] + 0.5) / factor - 0.5).T
    return pixels.astype(np.int32), np.stack([column, row], 1).astype(np.float32)


def _tracked_series(
    tracker: Tracker, motion: MotionReading, folder: Path
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield readings of motion (PICTURES, 52), views (PICTURES, *VIEW) and true weights (PICTURES, 52) of the series in
    which the network sees every picture."""
    mean = tracker.coarse.mean.reshape(-1, 3)[motion.texels]
    for file in sorted(folder.glob("series-*.npy")):
        records = np.load(file)
        for first in range(0, len(records), PICTURES):
            part, seed = records[first : first + PICTURES], (int(file.stem[-6:]), first)
            windows, pictures, mirrored = as_clip(part, seed)
            frames = [ClipFrame(k, 0.0, picture) for k, picture in enumerate(pictures)]
            looks = [tracker.look(frame, [0], [window]) for frame, window in zip(frames, windows, strict=True)]
            estimates = np.concatenate(looks)
            for frame, estimate in zip(frames, estimates, strict=True):
                tracker.keep_views(frame, estimate[None])
            if estimates["confidence"].min() < SEEN:
                continue
            weights = named_weights(part["expression"].astype(np.float32))
            moved = estimates["offset"].reshape(PICTURES, -1, 3)[:, motion.texels].astype(float)
            rest = moved.mean(0)
            expression = estimates["expression"].astype(np.float32).clip(0, 1)
            readings = motion.read(moved - rest, mean + rest, expression)
            yield readings, estimates["view"].copy(), weights[:, OTHER_SIDE] if mirrored else weights


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


def _pairs(series: list[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Iterator[tuple[np.ndarray, ...]]:
    """Yield read and true differences (PICTURES - 1, 52) from a rest, and the number of their series."""
    for number, (readings, _, weights) in enumerate(series):
        for rest in RESTS:
            others = np.delete(np.arange(PICTURES), rest)
            yield readings[others] - readings[rest], weights[others] - weights[rest], np.full(len(others), number)


def _with_mirror(values: np.ndarray) -> np.ndarray:
    """Return values (M, 52) and the same of the mirrored pictures, (2 M, 52)."""
    return np.concatenate([values, values[:, OTHER_SIDE]])


def _ridge(seen: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    return ridge(seen, wanted, seen.std(0) + 1e-3, RIDGE)
