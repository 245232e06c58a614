# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural backgrounds: walls, gradients, clutter, out of focus or sharp."""

import cv2
import numpy as np

from nets.synth.noise import octaves


def draw_background(rng: np.random.Generator, size: int) -> np.ndarray:
    """A random background (size, size, 3) f4, linear RGB in [0, 1]."""
    colourful = rng.beta(1, 3)
    base = _colour(rng, colourful)
    coarse = max(8, size // int(rng.choice([1, 2, 4])))
    image = np.broadcast_to(base, (coarse, coarse, 3)).astype(np.float32)
    if rng.random() < 0.8:
        y, x = np.mgrid[:coarse, :coarse].astype(np.float32) / coarse - 0.5
        angle = rng.uniform(0, 2 * np.pi)
        ramp = (x * np.cos(angle) + y * np.sin(angle))[..., None]
        image = image + ramp * (rng.normal(0, 0.4) + rng.normal(0, 0.4, 3) * colourful).astype(np.float32)
    if rng.random() < 0.7:
        cells = int(rng.integers(2, 12))
        channels = 3 if rng.random() < 0.3 * colourful else 1
        field = octaves(rng, coarse, cells, cells * int(rng.choice([1, 4, 16])), rng.uniform(0.4, 0.9), channels)
        image = image + rng.uniform(0.03, 0.3) * field.reshape(coarse, coarse, channels)
    image = np.ascontiguousarray(image, np.float32)
    if rng.random() < 0.75:
        for _ in range(rng.integers(1, 25)):
            _stamp(rng, image, colourful)
    if rng.random() < 0.2:
        period, angle = rng.uniform(4, 40), rng.uniform(0, np.pi)
        y, x = np.mgrid[:coarse, :coarse]
        stripes = np.sin((x * np.cos(angle) + y * np.sin(angle)) * 2 * np.pi / period)[..., None]
        image += rng.uniform(0.02, 0.25) * np.sign(stripes).astype(np.float32)
    if rng.random() < 0.6:
        image = cv2.GaussianBlur(image, (0, 0), rng.uniform(0.3, 6))
    return np.clip(cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR), 0, 1)


def _stamp(rng: np.random.Generator, image: np.ndarray, colourful: float) -> None:
    size = len(image)
    colour = tuple(map(float, _colour(rng, colourful)))
    x, y = (int(v) for v in rng.integers(0, size, 2))
    extent = int(rng.uniform(0.02, 0.4) * size) + 1
    thickness = -1 if rng.random() < 0.7 else int(rng.integers(1, 6))
    kind = rng.integers(4)
    if kind == 0:
        cv2.rectangle(image, (x, y), (x + extent, y + int(extent * rng.uniform(0.2, 4))), colour, thickness)
    elif kind == 1:
        axes = (extent, int(extent * rng.uniform(0.3, 1)) + 1)
        cv2.ellipse(image, (x, y), axes, rng.uniform(0, 360), 0, 360, colour, thickness, cv2.LINE_AA)
    elif kind == 2:
        cv2.line(image, (x, y), tuple(map(int, rng.integers(0, size, 2))), colour, int(rng.integers(1, 8)), cv2.LINE_AA)
    else:
        polygon = (np.array([x, y]) + rng.normal(0, extent, (rng.integers(3, 7), 2))).astype(np.int32)
        cv2.fillPoly(image, [polygon], colour, cv2.LINE_AA)


def _colour(rng: np.random.Generator, colourful: float) -> np.ndarray:
    """A linear colour (3,), grey for colourful 0."""
    return np.clip(rng.random() ** 1.7 + (rng.random(3) - 0.5) * colourful, 0, 1)
