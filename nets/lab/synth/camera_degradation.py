# SPDX-License-Identifier: GPL-3.0-or-later
"""What cameras and image files do to a picture: exposure, colour, blur, noise, low resolution, compression, print."""

import cv2
import numpy as np

from nets.capture.monochrome import LUMA


def degrade(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Degrade a picture (S, S, 3) uint8 RGB as a real camera and its files might, down to a sixth of its resolution."""
    size = len(image)
    pixels = image.astype(np.float32) / 255
    pixels = _colours(rng, pixels)
    if rng.random() < 0.25:
        pixels = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.3, 2.0))
    elif rng.random() < 0.1:
        pixels = _motion_blur(rng, pixels)
    if rng.random() < 0.45:
        pixels = _noise(rng, pixels)
    if rng.random() < 0.4:
        # Resolutions are drawn evenly on a logarithmic scale.
        small = max(8, int(size * np.exp(rng.uniform(np.log(0.16), np.log(0.9)))))
        down = rng.choice([cv2.INTER_AREA, cv2.INTER_LINEAR], p=[0.8, 0.2])
        pixels = cv2.resize(pixels, (small, small), interpolation=int(down))
    if rng.random() < 0.15:
        pixels = _noise(rng, pixels)
    if rng.random() < 0.4:
        pixels = _compressed(pixels, int(rng.uniform(10, 92)))
    if len(pixels) < size:
        up = rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC, cv2.INTER_NEAREST], p=[0.5, 0.42, 0.08])
        pixels = cv2.resize(pixels, (size, size), interpolation=int(up))
    if rng.random() < 0.15:
        pixels = pixels + (pixels - cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.7, 1.8))) * np.float32(
            rng.uniform(0.2, 1.5)
        )
    if rng.random() < 0.015:
        pixels = _printed(rng, pixels)
    return (np.clip(pixels, 0, 1) * 255).astype(np.uint8)


def clean_exposure(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """Vary the exposure, colours and grain of a picture (S, S, 3) uint8 RGB as a good camera does; it stays sharp."""
    pixels = _colours(rng, image.astype(np.float32) / 255)
    if rng.random() < 0.3:
        pixels = _noise(rng, pixels)
    return (np.clip(pixels, 0, 1) * 255).astype(np.uint8)


def _colours(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """Vary exposure, white balance, contrast and saturation."""
    wrong = rng.random() < 0.1  # highlights or shadows are lost
    if wrong:
        gain = rng.uniform(1.2, 2.0) if rng.random() < 0.5 else rng.uniform(0.35, 0.8)
        pixels = np.minimum(pixels * np.float32(gain), 1)
    elif rng.random() < 0.75:
        pixels = pixels ** np.float32(np.exp(rng.normal(0, 0.3)))
    if rng.random() < 0.6:
        cast = 0.18 if rng.random() < 0.85 else 0.35
        pixels = pixels * rng.uniform(1 - cast, 1 + cast, 3).astype(np.float32)
    if rng.random() < 0.6 and not wrong:
        contrast = np.float32(np.exp(rng.normal(0, 0.25)))
        pixels = (pixels - 0.5) * contrast + np.float32(0.5 + rng.normal(0, 0.07))
    if rng.random() < 0.55:
        grey = (pixels @ LUMA)[..., None]
        keep = np.float32(0 if rng.random() < 0.3 else rng.uniform(0.2, 1.6))
        pixels = grey + (pixels - grey) * keep
        if keep == 0 and rng.random() < 0.25:  # a sepia tone
            pixels = pixels * (1 + rng.uniform(0, 0.25) * np.float32([1, 0.2, -0.8]))
    return np.clip(pixels, 0, 1)


def _noise(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """Add grain, grey or coloured."""
    grain = rng.standard_normal((*pixels.shape[:2], 1 if rng.random() < 0.5 else 3), np.float32)
    return pixels + grain * np.float32(rng.exponential(0.016))


def _compressed(pixels: np.ndarray, quality: int) -> np.ndarray:
    encoded = cv2.imencode(".jpg", (np.clip(pixels, 0, 1) * 255).astype(np.uint8), [cv2.IMWRITE_JPEG_QUALITY, quality])
    return cv2.imdecode(encoded[1], cv2.IMREAD_COLOR).astype(np.float32) / 255


def _printed(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    """Add the fine grid of a screen or a print."""
    y, x = np.mgrid[: len(pixels), : len(pixels)].astype(np.float32)
    angle, frequency = rng.uniform(0, 1.6), 2 * np.pi / rng.uniform(2.2, 5)
    u, v = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    return pixels * (1 + rng.uniform(0.05, 0.25) * np.sin(u * frequency) * np.sin(v * frequency))[..., None]


def _motion_blur(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    length = int(rng.integers(3, 12))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    turn = cv2.getRotationMatrix2D(((length - 1) / 2,) * 2, rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(pixels, -1, kernel / max(kernel.sum(), 1e-3))
