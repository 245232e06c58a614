# SPDX-License-Identifier: GPL-3.0-or-later
"""A normal map of wrinkles and pores from the fine shading of a photo: an informed guess, since a dark spot may be a
hollow or a colour.

How bright skin is changes with its slope towards the light (Pentland, "Linear shape from shading", 1990) and falls in
hollows, which little light reaches (Beeler et al., "High-quality single-shot capture of facial geometry", 2010). Both
are linear in the relief, and as filters they are inverted together, window by window, each with its own light.
"""

from __future__ import annotations

import cv2
import numpy as np

from nets.geometry.harmonic_light import shading
from nets.geometry.uv_layout import UVLayout
from nets.topology.head_model import Sighting
from nets.topology.lit_surface import FACE_WEIGHT, GRID, LitSurface

SIDE = 1024  # texels along a side of the normal map
BAND = (1.0, 8.0)  # millimetres: shortest and longest wavelength of the relief that is claimed
WINDOW, STRIDE = 128, 64  # texels: windows overlap by half
HOLLOWS = 0.35  # relative brightness per slope that hollows lose
NOISE = 0.04  # of the squared response, against division by little
STEEPEST = 0.7  # slope
CONTRAST = 0.35  # of the logarithm of brightness: what differs more is hair, lashes, the edge of the lips


def detail_normals(sighting: Sighting, surface: LitSurface, layout: UVLayout) -> np.ndarray:
    """Return a tangent-space normal map (SIDE, SIDE, 3) uint8 in the layout: x along u, y along v, both up; flat where
    the photo shows no skin."""
    slopes = relief_slopes(_fine(sighting.texture), surface) * _shown(sighting, layout)[..., None]
    normals = np.concatenate([-slopes, np.ones((SIDE, SIDE, 1), np.float32)], -1)
    normals /= np.linalg.norm(normals, axis=-1, keepdims=True)
    return np.uint8(np.round(normals * 127.5 + 127.5))


def relief_slopes(fine: np.ndarray, surface: LitSurface) -> np.ndarray:
    """Return the relief's slopes (SIDE, SIDE, 2) along u and v, up in the texture, from the fine part of the logarithm
    of the linear brightness (SIDE, SIDE)."""
    pull, pitch = _pull(surface)
    window = np.outer(*[np.sin(np.pi * (np.arange(WINDOW) + 0.5) / WINDOW) ** 2] * 2).astype(np.float32)
    slopes = np.zeros((SIDE + WINDOW, SIDE + WINDOW, 2), np.float32)
    padded = np.pad(fine, WINDOW // 2)
    frequency = np.fft.rfftfreq(WINDOW), -np.fft.fftfreq(WINDOW)[:, None]  # cycles per texel along u and v
    for top in range(0, SIDE + 1, STRIDE):
        for left in range(0, SIDE + 1, STRIDE):
            row, column = (min(each * GRID // SIDE, GRID - 1) for each in (top, left))  # the window's middle
            u, v = (each / length for each, length in zip(frequency, pitch[row, column], strict=True))
            length = np.maximum(np.hypot(u, v), 1e-6)
            band = (length > 1 / BAND[1]) & (length < 1 / BAND[0])
            towards = (u * pull[row, column, 0] + v * pull[row, column, 1]) / length
            response = HOLLOWS + 1j * towards  # brightness per slope along the wave: hollows, and the light's side
            here = np.s_[top : top + WINDOW, left : left + WINDOW]
            seen = np.fft.rfft2(padded[here] * window)
            height = band * seen * np.conj(response) / (np.abs(response) ** 2 + NOISE) / length
            for axis, along in enumerate((u, v)):
                slopes[*here, axis] += np.fft.irfft2(1j * along * height, (WINDOW, WINDOW))
    inner = slice(WINDOW // 2, WINDOW // 2 + SIDE)
    return np.clip(slopes[inner, inner], -STEEPEST, STEEPEST)


def _fine(texture: np.ndarray) -> np.ndarray:
    """Return what is fine in the logarithm of a texture's brightness, (SIDE, SIDE) float32, linear light."""
    grey = cv2.cvtColor(cv2.resize(texture, (SIDE, SIDE), interpolation=cv2.INTER_AREA), cv2.COLOR_RGB2GRAY)
    tone = 2.2 * np.log(grey.astype(np.float32) + 4)
    return tone - cv2.GaussianBlur(tone, (0, 0), SIDE / 85)


def _pull(surface: LitSurface) -> tuple[np.ndarray, np.ndarray]:
    """Return how the logarithm of brightness changes as the surface tilts along u and v, (GRID, GRID, 2), and the
    millimetres per texel of the normal map along both, (GRID, GRID, 2)."""
    down, along = (np.gradient(surface.points, axis=axis) for axis in (0, 1))
    tangents = [along, -down]
    pitch = np.stack([np.linalg.norm(each, axis=-1) for each in tangents], -1) * (GRID / SIDE)
    normals = surface.normals / np.maximum(np.linalg.norm(surface.normals, axis=-1, keepdims=True), 1e-6)
    lit, pull = shading(surface.light, normals).mean(-1), []
    for tangent in tangents:
        tangent = tangent - (tangent * normals).sum(-1, keepdims=True) * normals
        tangent = tangent / np.maximum(np.linalg.norm(tangent, axis=-1, keepdims=True), 1e-6)
        tilted = normals + 0.1 * tangent
        tilted /= np.linalg.norm(tilted, axis=-1, keepdims=True)
        change = shading(surface.light, tilted).mean(-1) - lit
        pull.append(-change / 0.1 / np.maximum(lit, 0.1 * lit.max()))  # a slope up along u tilts the normal back
    pull = cv2.GaussianBlur(np.float32(np.clip(np.stack(pull, -1), -2, 2)), (0, 0), 2)
    return pull, np.maximum(cv2.GaussianBlur(np.float32(pitch), (0, 0), 2), 1e-3)


def _shown(sighting: Sighting, layout: UVLayout) -> np.ndarray:
    """Return where the photo shows skin whose shading can be read, (SIDE, SIDE) float32 in [0, 1]."""
    shown = ((layout.weights >= FACE_WEIGHT) & ~layout.bridged).astype(np.float32)
    shown = cv2.resize(shown, (SIDE, SIDE), interpolation=cv2.INTER_LINEAR)
    if sighting.seen is not None:
        shown *= cv2.resize(sighting.seen, (SIDE, SIDE), interpolation=cv2.INTER_NEAREST)
    odd = (np.abs(_fine(sighting.texture)) > CONTRAST).astype(np.uint8)
    odd = cv2.dilate(cv2.morphologyEx(odd, cv2.MORPH_OPEN, np.ones((3, 3), np.uint8)), np.ones((9, 9), np.uint8))
    return cv2.GaussianBlur(cv2.erode(shown, np.ones((9, 9))) * (1 - odd), (0, 0), SIDE / 256)
