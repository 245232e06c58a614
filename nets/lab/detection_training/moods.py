# SPDX-License-Identifier: GPL-3.0-or-later
"""What photographers, films and bad light do to a whole picture."""

import numpy as np

from nets.capture.monochrome import LUMA


def set_mood(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) u1 monochrome, in a film's colours, too dark, too bright, or lit from one side only."""
    pixels = image.astype(np.float32) / 255
    kind = rng.choice(["monochrome", "film", "dark", "bright", "one side"], p=[0.35, 0.25, 0.15, 0.13, 0.12])
    if kind == "monochrome":
        pixels = (pixels @ rng.dirichlet(12 * LUMA).astype(np.float32))[..., None]
        pixels = (pixels - 0.5) * np.float32(rng.uniform(0.7, 1.8)) + 0.5
        ink, paper = np.sort(rng.uniform(0, 1, 2)) * (0.3, 0.4) + (0, 0.6)
        tone = np.float32([1, 0.9, 0.72]) if rng.random() < 0.3 else np.ones(3, np.float32)
        pixels = (ink + (paper - ink) * np.clip(pixels, 0, 1)) * tone
    elif kind == "film":  # shadows of one tint, lights of another, faded
        shadow, light = rng.uniform(0, 0.25, 3), rng.uniform(0.75, 1.1, 3)
        grey = (pixels @ LUMA)[..., None]
        pixels = grey + (pixels - grey) * np.float32(rng.uniform(0.2, 1.5))
        pixels = shadow + (light - shadow) * np.clip(pixels, 0, 1)
    elif kind == "dark":
        pixels = pixels * np.float32(rng.uniform(0.2, 0.5))
        pixels += rng.normal(0, rng.uniform(0, 0.03), pixels.shape).astype(np.float32)
    elif kind == "bright":
        pixels = 1 - (1 - np.minimum(pixels * np.float32(rng.uniform(1.3, 2.6)), 1)) * np.float32(rng.uniform(0.5, 1))
    else:
        y, x = (np.mgrid[: image.shape[0], : image.shape[1]].astype(np.float32) / max(image.shape[:2])) - 0.5
        angle, steepness = rng.uniform(0, 2 * np.pi), rng.uniform(3, 12)
        ramp = 1 / (1 + np.exp(steepness * (x * np.cos(angle) + y * np.sin(angle) + rng.uniform(-0.25, 0.25))))
        pixels = pixels * (rng.uniform(0.15, 0.5) + rng.uniform(0.7, 1.4) * ramp)[..., None].astype(np.float32)
    return (np.clip(pixels, 0, 1) * 255).astype(np.uint8)
