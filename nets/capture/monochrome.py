# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces in pictures without colours: black and white, sepia, and others whose colour follows from their brightness."""

from __future__ import annotations

import cv2
import numpy as np

LUMA = np.float32([0.299, 0.587, 0.114])
LEVELS, SMOOTHING = 256, 3.0  # of brightness; standard deviation in levels
FAR = 4.0  # distance of 5 % of the colours from the tones, of 255, below which there are no others
FEWEST = 32  # levels of brightness that tell it


def tones_of(colours: np.ndarray) -> np.ndarray | None:
    """Return the colours (256, 3) float32 that a face has at each brightness; None if it has other colours as well.

    Beyond its darkest and brightest places they go on to black and to white.
    colours: (K, 3) uint8, of the face's pixels
    """
    colours = colours.astype(np.float32)
    level = np.clip(colours @ LUMA + 0.5, 0, LEVELS - 1).astype(int)
    counts = np.bincount(level, minlength=LEVELS).astype(np.float64)
    if np.count_nonzero(counts) < FEWEST:
        return None
    sums = np.stack([np.bincount(level, channel, LEVELS) for channel in colours.T], 1)
    smooth = cv2.GaussianBlur(np.column_stack([counts, sums]), (1, 0), sigmaX=0.1, sigmaY=SMOOTHING)
    known = np.flatnonzero(smooth[:, 0] > 1e-3)
    places, ends = np.r_[-1, known, LEVELS], (np.zeros((1, 3)), np.full((1, 3), LEVELS - 1.0))
    found = np.concatenate([ends[0], smooth[known, 1:] / smooth[known, :1], ends[1]])
    tones = np.stack([np.interp(np.arange(LEVELS), places, channel) for channel in found.T], 1)
    apart = np.abs(colours - tones[level]).mean(1)
    return tones.astype(np.float32) if np.percentile(apart, 95) < FAR else None


def in_tones(picture: np.ndarray, tones: np.ndarray) -> np.ndarray:
    """Return a picture (H, W, 3) with the colours that tones (256, 3) have at its brightness, float32."""
    luma = np.clip(picture.astype(np.float32) @ LUMA, 0, LEVELS - 1)
    low = np.minimum(luma.astype(int), LEVELS - 2)
    part = (luma - low)[..., None]
    return tones[low] * (1 - part) + tones[low + 1] * part
