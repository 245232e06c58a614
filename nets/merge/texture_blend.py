# SPDX-License-Identifier: GPL-3.0-or-later
"""One texture of several photos: each texel's detail from the one photo that shows it best and sharpest.

The photos are brought to the colours of the best one, and joined band by band (Burt and Adelson, A Multiresolution
Spline, ACM TOG 1983): the finer the detail, the narrower the seam, so that nothing is seen double, and light changes
without an edge. The eyes with their brows, and the mouth, come from one photo as a whole, because they move.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nets.capture.texture import (
    GLANCING,
    LIGHT,
    MIN_COMMON,
    PREFERENCE,
    RIM_QUALITY,
    TextureView,
    colour_match,
    enlarge,
    reduce,
    sample_photo,
    texel_step,
    view_texture,
)
from nets.capture.texture_parts import part_masks, union
from nets.geometry.uv_layout import FACE_WEIGHT, SIZE, UVLayout
from nets.geometry.visibility import Visibility, smoothstep

SKETCH = 1024  # texels along each side in which photos are compared
BANDS = 512, 64  # texels along each side of what is finer than which a band holds, and the light that is left
SEAMS = 1.0, 3.0, 8.0  # texels of the layout, standard deviation of the seams in each band
PATCH = 3.0  # texels of the layout over which photos' scores are averaged: seams are few
FINE = 1.5  # texels of the sketch, standard deviation of the blur that leaves fine detail
DULLEST = 0.05  # least sharpness of a photo beside the sharpest one
MAX_GAIN = 3.0  # factor on a photo's colours
POOR = 20  # percentile of a photo's scores within eyes or mouth that counts for all of it
TOGETHER = 0.8  # share of the worse eye's best score that a photo of both eyes must have


@dataclass(frozen=True)
class Shown:
    """What one photo shows of a head.

    pixels: (h, w, 3) uint8; position_map: (256, 256, 3), where the head lies in them; visibility: of the map
    trust: (256, 256) in [0, 1], the probability that it is the face at rest and no occluder
    weight: above 0, how much the photo is preferred
    """

    pixels: np.ndarray
    position_map: np.ndarray
    visibility: Visibility
    trust: np.ndarray
    weight: float = 1.0


def blend(photos: list[Shown], layout: UVLayout, size: int) -> TextureView:
    """Return the texture (size, size, 3) of photos whose maps are aligned, in the colours of the best one."""
    side = min(SKETCH, size)
    sketches = [view_texture(each.pixels, each.position_map, each.visibility, side) for each in photos]
    scores = np.stack([_quality(*each) * each[0].weight for each in zip(photos, sketches, strict=True)])
    matches = _colour_matches(photos, sketches, scores)
    scores *= _sharpness(photos, sketches, matches, layout, size)[:, None, None]
    presence = np.stack([each.presence for each in sketches])
    clean = np.stack([each.clean for each in sketches])
    shares = _shares(_patches(scores, presence, layout), scores, presence)
    side = min(BANDS[0], size)
    coarse, fine = np.zeros((side, side, 3), np.float32), np.zeros((size, size, 3), np.float32)
    for photo, (gain, shift), share in zip(photos, matches, shares.swapaxes(0, 1), strict=True):
        seen = sample_photo(photo.pixels, photo.position_map, size)
        first = cv2.resize(seen, (side, side), interpolation=cv2.INTER_AREA).astype(np.float32)
        coarse += _coarse(first, gain, shift, share)
        if side < size:
            _add_fine(fine, seen, first, gain, share[0])
    fine += enlarge(coarse, size)
    return TextureView(fine, presence.max(0), clean.max(0))


def _quality(photo: Shown, sketch: TextureView) -> np.ndarray:
    """Return how well a photo shows each texel, (256, 256) in [0, 1]."""
    return photo.trust * (sketch.clean + RIM_QUALITY * np.maximum(sketch.presence - sketch.clean, 0))


def _colour_matches(
    photos: list[Shown], sketches: list[TextureView], scores: np.ndarray
) -> list[tuple[np.ndarray, np.ndarray]]:
    """Return the gain (3,) and the shift (16, 16, 3) of each photo's colours, those of the best one unchanged."""
    total, weights, trusted = np.zeros((SIZE, SIZE, 3), np.float32), np.full((SIZE, SIZE, 1), 1e-20, np.float32), 0
    matches: dict[int, tuple[np.ndarray, np.ndarray]] = {}
    for number in np.argsort(-scores.sum((1, 2))):
        photo, sketch = photos[number], sketches[number]
        small, common = reduce(sketch.seen), trusted * photo.trust * sketch.clean
        gain, shift = np.ones(3), np.zeros((LIGHT, LIGHT, 3), np.float32)
        if np.sum(common) >= MIN_COMMON:
            gain, shift = colour_match(small, total / weights, common, MAX_GAIN)
        matches[number] = gain.astype(np.float32), shift
        weight = np.maximum(scores[number], 1e-3)[..., None] ** PREFERENCE
        total += weight * (small * gain + enlarge(shift, SIZE, cv2.INTER_CUBIC))
        weights += weight
        trusted = np.maximum(trusted, photo.trust * sketch.clean)
    return [matches[number] for number in range(len(photos))]


def _sharpness(
    photos: list[Shown],
    sketches: list[TextureView],
    matches: list[tuple[np.ndarray, np.ndarray]],
    layout: UVLayout,
    size: int,
) -> np.ndarray:
    """Return how sharp photos are beside each other, (V,) in [DULLEST, 1].

    It is the strength in a photo of the fine detail that the others show too: noise is in one photo only. Photos of
    less than a pixel for each texel count less in addition.
    """
    face = (layout.weights > FACE_WEIGHT).astype(np.float32)
    fine, weights = [], []
    for photo, sketch, (gain, _) in zip(photos, sketches, matches, strict=True):
        grey = cv2.cvtColor(sketch.seen, cv2.COLOR_RGB2GRAY).astype(np.float32) * gain.mean()
        fine.append(grey - cv2.GaussianBlur(grey, (0, 0), FINE))
        weights.append(enlarge(face * photo.trust * sketch.clean, len(grey)))
    all_fine, all_weights = sum(w * each for w, each in zip(weights, fine, strict=True)), sum(weights)
    strength = np.zeros(len(photos))
    for number, (each, weight) in enumerate(zip(fine, weights, strict=True)):
        others = all_weights - weight
        shared = (all_fine - weight * each) / np.maximum(others, 1e-6)
        counted = weight * np.maximum(others, 0) * shared
        strength[number] = (counted * each).sum() / max((counted * shared).sum(), 1e-6)
    sharpest = strength.max()
    relative = np.clip(strength / sharpest, DULLEST, 1) if sharpest > 0 else np.ones(len(photos))
    return relative * [min(texel_step(photo.position_map, size), 1.0) for photo in photos]


def _patches(scores: np.ndarray, presence: np.ndarray, layout: UVLayout) -> np.ndarray:
    """Return the number (256, 256) of the photo that each texel's detail is from: few and large patches."""
    smooth = np.stack([cv2.GaussianBlur(score, (0, 0), PATCH) for score in scores])
    for whole in _wholes(smooth, layout):
        smooth = (1 - whole) * smooth + whole * _worst(smooth, whole)[:, None, None]
    return np.argmax(smooth * smoothstep(presence / GLANCING), 0)


def _wholes(scores: np.ndarray, layout: UVLayout) -> list[np.ndarray]:
    """Return the masks (256, 256) of what is to come from one photo as a whole.

    Both eyes look into one direction in one photo only. But where no photo shows both well, each is for itself.
    """
    parts = part_masks(layout)
    eyes, left = union([parts["eyes"], parts["brows"]]), np.arange(SIZE) < SIZE / 2
    single = [eyes * left, eyes * ~left]
    each = np.stack([_worst(scores, eye) for eye in single])
    together = each.min(0).max() > TOGETHER * each.max(1).min()
    return [*([eyes] if together else single), parts["lips"]]


def _worst(scores: np.ndarray, mask: np.ndarray) -> np.ndarray:
    """Return each photo's score (V,) where it shows a part worst, which counts for all of it."""
    return np.percentile(scores[:, mask > 0.5], POOR, axis=1).astype(np.float32)


def _shares(chosen: np.ndarray, scores: np.ndarray, presence: np.ndarray) -> np.ndarray:
    """Return each photo's share of each texel in each band, (len(SEAMS), V, 256, 256), which add up to one."""
    hard = np.float32(chosen == np.arange(len(scores))[:, None, None])
    soft = np.maximum(scores, 1e-3) ** PREFERENCE
    soft /= soft.sum(0)
    shown = smoothstep(presence / GLANCING)
    bands = []
    for seam, start in zip(SEAMS, (hard, hard, soft), strict=True):
        shares = np.stack([cv2.GaussianBlur(each, (0, 0), seam) for each in start]) * shown
        total = shares.sum(0)
        bands.append(np.where(total > 1e-3, shares / np.maximum(total, 1e-3), hard))
    return np.stack(bands)


def _coarse(first: np.ndarray, gain: np.ndarray, shift: np.ndarray, shares: np.ndarray) -> np.ndarray:
    """Return a photo's part of all but the finest band, (S, S, 3) float32.

    first: (S, S, 3) float32, what the finest band leaves of the photo; shares: (len(SEAMS), 256, 256)
    """
    side = len(first)
    _, middle, light = (enlarge(share, side)[..., None] for share in shares)
    second = cv2.resize(first, (min(BANDS[1], side),) * 2, interpolation=cv2.INTER_AREA)
    blurred = enlarge(second, side)
    return light * (gain * blurred + enlarge(shift, side, cv2.INTER_CUBIC)) + middle * (gain * (first - blurred))


def _add_fine(total: np.ndarray, seen: np.ndarray, first: np.ndarray, gain: np.ndarray, share: np.ndarray) -> None:
    """Add a photo's part of the finest band to a texture (T, T, 3) float32.

    seen: (T, T, 3) uint8; first: as in _coarse; share: (256, 256)
    """
    size, used = len(seen), share > 0
    if not used.any():
        return
    box = tuple(_scaled(used.any(axis), size) for axis in (1, 0))
    weight = enlarge(share, size)[box]
    fine = cv2.subtract(seen[box], enlarge(first, size)[box], dtype=cv2.CV_32F)
    total[box] += fine * cv2.merge([weight * each for each in gain])


def _scaled(used: np.ndarray, size: int) -> slice:
    """Return the rows or columns of a texture from the first to the last that is used of the layout, with a margin."""
    places = np.flatnonzero(used)
    return slice(max((places[0] - 1) * size // SIZE, 0), (places[-1] + 2) * size // SIZE)
