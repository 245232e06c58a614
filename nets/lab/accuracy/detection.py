# SPDX-License-Identifier: GPL-3.0-or-later
"""How many faces are detected without boxes: in photos as they are, turned, enlarged and cut to the head, and in a
mosaic of small and large faces."""

from collections.abc import Iterable
from dataclasses import dataclass

import cv2
import numpy as np

from nets.errors import NoFaceError
from nets.geometry.crop import Crop, landmark_box
from nets.lab.accuracy.evaluated_model import EvaluatedModel
from nets.lab.accuracy.figures import Figure, Section
from nets.lab.training.photos import TruePhoto

PHOTOS = 40  # at most, evenly spread
ENLARGED = 1500, 3000  # pixels, of a photo's longer side
CUT = 1.5  # side of a photo that is cut to the head over that of the landmark box
MOSAIC_SIZES = 20, 30, 45, 70, 100, 140, 200  # mean side of the landmark box, pixels
MOSAIC_FACES = 12  # of each size, at most
TILE = 2.2  # a tile's side over that of the landmark box
SAME_FACE = 0.4  # intersection over union from which two boxes mean the same face


@dataclass(frozen=True)
class Scene:
    """A picture (H, W, 3) u1 and the landmark boxes (K, 4) of all its faces."""

    pixels: np.ndarray
    boxes: np.ndarray


def check_detection(evaluated: EvaluatedModel, photos: list[TruePhoto]) -> Section:
    """Count detected faces and false alarms. The section is called "finding" in the records."""
    chosen = [photos[k] for k in np.unique(np.linspace(0, len(photos) - 1, PHOTOS).astype(int))]
    variants = {"photos as they are": lambda photo: turned(photo, 0)}
    variants |= {f"photos turned by {90 * k}°": lambda photo, k=k: turned(photo, k) for k in (1, 2, 3)}
    variants |= {f"photos enlarged to {side} px": lambda photo, side=side: enlarged(photo, side) for side in ENLARGED}
    variants["photos cut to the head"] = cut
    figures = []
    for name, vary in variants.items():
        hits, alarms = _search(evaluated, map(vary, chosen))
        figures.append(Figure(f"faces found in {name}", 100 * float(hits.mean()), "%", "more"))
        figures.append(Figure(f"false alarms in {name}", alarms, ""))
    scene, sizes = mosaic(chosen[:MOSAIC_FACES])
    hits, alarms = _search(evaluated, [scene])
    figures.append(Figure("faces found in the mosaic", int(hits.sum()), f"of {len(hits)}", "more"))
    figures.append(Figure("false alarms in the mosaic", alarms, ""))
    for size in MOSAIC_SIZES:
        same = hits[sizes == size]
        figures.append(Figure(f"found in the mosaic at {size} px", int(same.sum()), f"of {len(same)}", "more"))
    return Section("finding", f"{len(chosen)} photos, detector {evaluated.detector}", figures)


def turned(photo: TruePhoto, turns: int) -> Scene:
    """Turn a photo anticlockwise by quarter turns."""
    box, (height, width) = landmark_box(photo.landmarks), photo.pixels.shape[:2]
    for _ in range(turns):
        left, top, right, bottom = box
        box, height, width = np.array([top, width - 1 - right, bottom, width - 1 - left]), width, height
    return Scene(np.ascontiguousarray(np.rot90(photo.pixels, turns)), box[None])


def enlarged(photo: TruePhoto, side: int) -> Scene:
    """Enlarge a photo until its longer side has so many pixels."""
    factor = side / max(photo.pixels.shape)
    pixels = cv2.resize(photo.pixels, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    return Scene(pixels, (landmark_box(photo.landmarks)[None] + 0.5) * np.float32(factor) - 0.5)


def cut(photo: TruePhoto) -> Scene:
    """Cut a photo to a square round the head, as far as the photo reaches."""
    box = landmark_box(photo.landmarks)
    centre, half = (box[:2] + box[2:]) / 2, CUT / 2 * (box[2:] - box[:2]).mean()
    left, top = np.maximum(np.floor(centre - half), 0).astype(int)
    right, bottom = np.ceil(centre + half).astype(int)
    return Scene(np.ascontiguousarray(photo.pixels[top:bottom, left:right]), (box - [left, top, left, top])[None])


def mosaic(photos: list[TruePhoto]) -> tuple[Scene, np.ndarray]:
    """Compose one picture with a row of tiles for each size of face. Returns it and the sizes (K,) of its faces."""
    rows, boxes, sizes, top = [], [], [], 0
    width = len(photos) * round(TILE * max(MOSAIC_SIZES))
    for size in MOSAIC_SIZES:
        side = round(TILE * size)
        row = np.full((side, width, 3), 128, np.uint8)
        for k, photo in enumerate(photos):
            left, upper, right, lower = box = landmark_box(photo.landmarks)
            scale = (right - left + lower - upper) / 2 / size
            crop = Crop((float(left + right) / 2, float(upper + lower) / 2), float(scale), side)
            row[:, k * side : (k + 1) * side] = crop.extract(photo.pixels)
            boxes.append(crop.to_crop(box.reshape(2, 2)).ravel() + (k * side, top) * 2)
            sizes.append(size)
        rows.append(row)
        top += side
    return Scene(np.concatenate(rows), np.stack(boxes)), np.array(sizes)


def _search(evaluated: EvaluatedModel, scenes: Iterable[Scene]) -> tuple[np.ndarray, int]:
    """Return which of all faces were found (K,) bool, and the number of false alarms."""
    hits, alarms = [], 0
    for scene in scenes:
        try:
            found = np.stack([estimate.box for estimate in evaluated.capturer.find(scene.pixels)])
        except NoFaceError:
            found = np.zeros((0, 4))
        hit, false = match(found, scene.boxes)
        hits.append(hit)
        alarms += false
    return np.concatenate(hits), alarms


def match(found: np.ndarray, truth: np.ndarray) -> tuple[np.ndarray, int]:
    """Return which true boxes (K,) bool have been found, and how many of the found boxes (N, 4) are on none."""
    if not len(found):
        return np.zeros(len(truth), bool), 0
    low = np.maximum(found[:, None, :2], truth[None, :, :2])
    high = np.minimum(found[:, None, 2:], truth[None, :, 2:])
    shared = np.clip(high - low, 0, None).prod(2)
    areas = [(boxes[:, 2:] - boxes[:, :2]).prod(1) for boxes in (found, truth)]
    same = shared / (areas[0][:, None] + areas[1][None] - shared) > SAME_FACE
    return same.any(0), int((~same.any(1)).sum())
