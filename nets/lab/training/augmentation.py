# SPDX-License-Identifier: GPL-3.0-or-later
"""Appearance augmentation: shade, skin, tones and covered parts that renderings lack.

Shading and texture tell more about shape in a rendering than in a photo. Pictures in which they are changed at random
teach a network to rely on what renderings and photos share. Pictures are (S, S, 3) uint8.
"""

import cv2
import numpy as np


def augment_appearance(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Change the light, the skin or the tones of a picture, or cover a part of it, each with some chance."""
    return _cover(rng, _edit(rng, _roughen(rng, _relight(rng, image))))


def _relight(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Add smooth fields of light and colour, and hard or soft shadows."""
    size = len(image)
    stops = np.zeros((1, 1, 1), np.float32)
    if rng.random() < 0.35:
        waves, colours = rng.integers(2, 7), 1 if rng.random() < 0.7 else 3
        coarse = rng.normal(0, rng.uniform(0.05, 0.35), (waves, waves, colours)).astype(np.float32)
        stops = stops + cv2.resize(coarse, (size, size), interpolation=cv2.INTER_CUBIC).reshape(size, size, colours)
    if rng.random() < 0.15:
        shadow = np.zeros((size, size), np.float32)
        cv2.fillConvexPoly(shadow, _outline(rng, size, rng.uniform(-0.2, 1.2, 2) * size, 0.5, 6), 1)
        soft = cv2.GaussianBlur(shadow, (0, 0), np.exp(rng.uniform(-0.5, 2)))
        stops = stops - (soft * np.float32(rng.uniform(0.1, 1.0)))[..., None]
    return _exposed(image, stops)


def _roughen(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Add spots, folds and stains: stretched noise of one grain size, stronger in some places than in others."""
    if rng.random() >= 0.25:
        return image
    size = len(image)
    grain = np.exp(rng.uniform(np.log(1.5), np.log(14)))
    stretch = np.exp(rng.normal(0, 0.6))
    cells = np.clip(np.int32([1.5 * size / (grain * stretch), 1.5 * size * stretch / grain]), 4, 3 * size // 2)
    noise = rng.standard_normal((*cells, 1 if rng.random() < 0.7 else 3), np.float32)
    turn = cv2.getRotationMatrix2D((size / 2, size / 2), rng.uniform(0, 180), 1)
    turn[:, :2] *= 1.5 * size / cells[::-1]
    turn[:, 2] = size / 2 - turn[:, :2] @ (cells[::-1] / 2)
    noise = cv2.warpAffine(noise, turn, (size, size), flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REFLECT)
    where = cv2.resize(rng.uniform(-0.5, 1, (4, 4)).astype(np.float32), (size, size), interpolation=cv2.INTER_LINEAR)
    strength = np.float32(rng.exponential(0.09)) * np.maximum(where, 0)
    return _exposed(image, noise.reshape(size, size, -1) * strength[..., None])


def _edit(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Edit the picture as photos are edited: local contrast changed, skin smoothed, tone curves bent."""
    chance = rng.random()
    if chance < 0.2:
        away = cv2.GaussianBlur(image, (0, 0), len(image) * np.exp(rng.uniform(np.log(0.012), np.log(0.12))))
        amount = rng.uniform(-0.6, 0.9)
        image = cv2.addWeighted(image, 1 + amount, away, -amount, 0)
    elif chance < 0.28:
        image = cv2.bilateralFilter(image, 7, rng.uniform(10, 60), rng.uniform(1, 4))
    if rng.random() < 0.2:
        steps = np.exp(rng.normal(0, 0.45, (6, 1 if rng.random() < 0.6 else 3)))
        curve = np.concatenate([np.zeros((1, steps.shape[1])), np.cumsum(steps, 0)]) / steps.sum(0)
        curve = cv2.resize(curve, (curve.shape[1], 256), interpolation=cv2.INTER_LINEAR).reshape(256, -1)
        table = np.broadcast_to(np.clip(curve * 255, 0, 255), (256, 3)).astype(np.uint8)
        image = cv2.LUT(image, np.ascontiguousarray(table[:, None]))
    return image


def _cover(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Cover a patch of the picture with one colour or with another part of it."""
    if rng.random() >= 0.18:
        return image
    size = len(image)
    outline = _outline(rng, size, rng.uniform(0, size, 2), rng.uniform(0.05, 0.2), 8)
    if rng.random() < 0.5:
        mask = cv2.fillConvexPoly(np.zeros((size, size), np.uint8), outline, 1)
        cv2.copyTo(np.roll(image, rng.integers(size // 4, 3 * size // 4, 2), (0, 1)), mask, image)
    else:
        cv2.fillConvexPoly(image, outline, tuple(map(int, rng.integers(0, 255, 3))), cv2.LINE_AA)
    return image


def _outline(rng: np.random.Generator, size: int, middle: np.ndarray, spread: float, most: int) -> np.ndarray:
    """Draw a convex polygon of fewer than `most` points around a place; spread: its extent over the picture's."""
    points = middle + rng.normal(0, spread * size, (rng.integers(3, most), 2))
    return cv2.convexHull(points.astype(np.int32))


def _exposed(image: np.ndarray, stops: np.ndarray) -> np.ndarray:
    """Multiply the picture by exp(stops)."""
    return np.clip(image * np.exp(stops), 0, 255).astype(np.uint8) if stops.any() else image
