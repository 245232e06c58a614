# SPDX-License-Identifier: GPL-3.0-or-later
"""The light on a captured face, fitted to its own texture: even light divides it out of the texture."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nets.geometry.harmonic_light import fit_light, shading
from nets.geometry.inpainting import push_pull
from nets.geometry.uv_layout import SIZE, UVLayout
from nets.geometry.visibility import surface_normals
from nets.topology.head_model import Sighting

GRID = 128  # texels along a side at which light is fitted: it is smooth
FACE_WEIGHT = 3.0  # loss weight of the layout from which a texel is one of the face
GAMMA = 2.2  # of sRGB, nearly
FILLED = 0.3  # weight of a texel that the photo does not show: its light is what the texture holds
TINT = 0.5  # share of the light's changes in hue that is divided out: some are the skin's own, at shadows' edges
GAIN = (0.45, 2.6)  # least and greatest factor on linear colours: what is darker is shadow or hair, not shading


@dataclass(frozen=True)
class LitSurface:
    """A captured face in the layout, and the light on it.

    points: (GRID, GRID, 3) float32, canonical millimetres; normals: the same, of length 1
    light: (9, 3), see nets.geometry.harmonic_light
    weights: (GRID, GRID) float32, 1 where the photo shows the face, which the light was fitted to
    """

    points: np.ndarray
    normals: np.ndarray
    light: np.ndarray
    weights: np.ndarray


def lit_surface(sighting: Sighting, layout: UVLayout) -> LitSurface:
    """Fit the light on the skin that a photo shows."""
    step = SIZE / GRID
    places = (np.arange(GRID) + 0.5) * step - 0.5
    rows, columns = np.meshgrid(places, places, indexing="ij")
    texels = np.stack([rows.ravel(), columns.ravel()], 1)
    points = sighting.points(texels).reshape(GRID, GRID, 3).astype(np.float32)
    normals = -surface_normals(cv2.GaussianBlur(points, (0, 0), 1))  # rows run down, y runs up
    colours = cv2.resize(sighting.texture, (GRID, GRID), interpolation=cv2.INTER_AREA)
    weights = ((layout.weights >= FACE_WEIGHT) & ~layout.bridged).astype(np.float32)
    if sighting.seen is not None:
        seen = cv2.resize(sighting.seen, (SIZE, SIZE), interpolation=cv2.INTER_NEAREST)
        weights *= np.where(seen, 1, FILLED)
    weights = cv2.resize(weights, (GRID, GRID), interpolation=cv2.INTER_AREA)
    linear = (colours.reshape(-1, 3) / 255.0) ** GAMMA
    return LitSurface(points, normals, fit_light(linear, normals.reshape(-1, 3), weights.ravel()), weights)


def even_light(texture: np.ndarray, surface: LitSurface) -> np.ndarray:
    """Return a capture's texture (T, T, 3) uint8 as if the same light came from all around, equally bright on average.

    What lies beyond the seen face is brightened as the face next to it: it was filled from there, or is no skin.
    """
    lit, shown = shading(surface.light, surface.normals), surface.weights
    usual = (lit * shown[..., None]).sum((0, 1)) / shown.sum()
    gain = np.clip(usual / np.maximum(lit, 1e-3 * usual), *GAIN)
    bright = gain.mean(-1, keepdims=True)
    gain = push_pull(np.log(bright * (gain / bright) ** TINT), np.where(shown > FILLED, shown, 0))
    gain = cv2.GaussianBlur(np.exp(gain / GAMMA), (0, 0), 1.5)
    return cv2.multiply(texture, cv2.resize(gain, texture.shape[1::-1]), dtype=cv2.CV_8U)
