# SPDX-License-Identifier: GPL-3.0-or-later
"""Backgrounds with the statistics of photos: overlapping things of all sizes with edges, textures and few colours."""

import cv2
import numpy as np

from nets.lab.synth.background import draw_background
from nets.lab.synth.noise import octaves

LARGEST, SMALLEST = 0.6, 0.01  # radius of a thing, in sides of the picture


def draw_backdrop(rng: np.random.Generator, size: int) -> np.ndarray:
    """A background (size, size, 3) u1 sRGB."""
    if rng.random() < 0.5:
        return (draw_background(rng, size) ** (1 / 2.2) * 255).astype(np.uint8)
    return dead_leaves(rng, size)


def dead_leaves(rng: np.random.Generator, size: int) -> np.ndarray:
    """The dead leaves model (Lee, Mumford and Huang, 2001): opaque shapes whose radii follow a power law, the later
    ones before the earlier ones, textured and lit. Its statistics are close to those of photos."""
    palette = rng.uniform(0, 255, (int(rng.integers(2, 8)), 1)) + rng.normal(0, 30, (1, 3)) * rng.uniform(0, 2)
    palette = np.clip(palette + rng.normal(0, 25, palette.shape), 0, 255)
    image = np.full((size, size, 3), palette[0], np.float32)
    count = int(np.exp(rng.uniform(np.log(25), np.log(400))))
    u, smallest = rng.random(count), SMALLEST * np.exp(rng.uniform(0, 2))
    radii = size / np.sqrt(LARGEST**-2 + u * (smallest**-2 - LARGEST**-2))  # density falls as the cube of the radius
    upright, straight = rng.random() < 0.5, rng.random()
    for radius, place in zip(radii, rng.uniform(-0.1, 1.1, (count, 2)) * size, strict=True):
        tint = np.clip(palette[rng.integers(len(palette))] + rng.normal(0, 12, 3), 0, 255).tolist()
        axes = radius * np.exp(rng.normal(0, 0.5, 2))
        turn = rng.choice([0, 90]) if upright else rng.uniform(0, 180)
        at, half = place.astype(int).tolist(), (axes.astype(int) + 1).tolist()
        if rng.random() < straight:
            corners = cv2.boxPoints((place.tolist(), (2 * axes).tolist(), float(turn)))
            cv2.fillConvexPoly(image, np.round(corners).astype(np.int32), tint, cv2.LINE_AA)
        else:
            cv2.ellipse(image, at, half, turn, 0, 360, tint, -1, cv2.LINE_AA)
    if rng.random() < 0.7:
        texture = octaves(rng, size, int(rng.integers(3, 30)), size, rng.uniform(0.6, 1))
        image *= np.exp(rng.uniform(0.02, 0.3) * texture)[..., None]
    image *= np.exp(rng.uniform(0.1, 0.5) * octaves(rng, size, 2, 4))[..., None]
    if rng.random() < 0.5:
        image = cv2.GaussianBlur(image, (0, 0), np.exp(rng.uniform(-0.7, 2.2)))
    return np.clip(image, 0, 255).astype(np.uint8)
