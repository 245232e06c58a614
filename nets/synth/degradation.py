# SPDX-License-Identifier: GPL-3.0-or-later
"""The camera's sins: exposure, colour, blur, noise, low resolution, compression."""

import cv2
import numpy as np


def degrade(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    """A picture (S, S, 3) u1 as a real camera and its files might have left it."""
    size = len(image)
    pixels = image.astype(np.float32) / 255
    if rng.random() < 0.7:
        pixels = pixels ** np.float32(np.exp(rng.normal(0, 0.3)))
    if rng.random() < 0.6:
        pixels = pixels * rng.uniform(0.82, 1.18, 3).astype(np.float32)
    if rng.random() < 0.6:
        contrast = np.float32(np.exp(rng.normal(0, 0.25)))
        pixels = (pixels - 0.5) * contrast + np.float32(0.5 + rng.normal(0, 0.07))
    if rng.random() < 0.5:
        grey = pixels @ np.float32([0.299, 0.587, 0.114])
        keep = np.float32(0 if rng.random() < 0.35 else rng.uniform(0.2, 1.4))
        pixels = grey[..., None] + (pixels - grey[..., None]) * keep
    if rng.random() < 0.3:
        small = int(size * rng.uniform(0.2, 0.8))
        shrunk = cv2.resize(pixels, (small, small), interpolation=cv2.INTER_AREA)
        pixels = cv2.resize(shrunk, (size, size), interpolation=int(rng.choice([cv2.INTER_LINEAR, cv2.INTER_CUBIC])))
    if rng.random() < 0.35:
        pixels = cv2.GaussianBlur(pixels, (0, 0), rng.uniform(0.3, 1.6))
    elif rng.random() < 0.12:
        pixels = _motion_blur(rng, pixels)
    elif rng.random() < 0.25:
        pixels = pixels + (pixels - cv2.GaussianBlur(pixels, (0, 0), 1.2)) * np.float32(rng.uniform(0.2, 1.2))
    if rng.random() < 0.6:
        sigma = rng.exponential(0.018)
        grain = rng.standard_normal((size, size, 1 if rng.random() < 0.5 else 3), np.float32)
        pixels = pixels + grain * np.float32(sigma)
    image = (np.clip(pixels, 0, 1) * 255).astype(np.uint8)
    if rng.random() < 0.3:
        quality = int(rng.uniform(12, 90))
        image = cv2.imdecode(cv2.imencode(".jpg", image, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_COLOR)
    return image


def _motion_blur(rng: np.random.Generator, pixels: np.ndarray) -> np.ndarray:
    length = int(rng.integers(3, 10))
    kernel = np.zeros((length, length), np.float32)
    kernel[length // 2] = 1
    turn = cv2.getRotationMatrix2D(((length - 1) / 2,) * 2, rng.uniform(0, 180), 1)
    kernel = cv2.warpAffine(kernel, turn, (length, length))
    return cv2.filter2D(pixels, -1, kernel / max(kernel.sum(), 1e-3))
