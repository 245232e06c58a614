# SPDX-License-Identifier: GPL-3.0-or-later
"""The colours that a camera sees of a mesh with textures, without any light but that in the textures."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import cv2
import numpy as np

from nets.geometry.rasteriser import Raster
from nets.geometry.seen_mesh import SeenMesh

COLUMNS = 1024  # of the pictures of places that OpenCV samples at: it takes less than 32,768 rows


@dataclass(frozen=True)
class TexturedMesh:
    """A mesh before a camera, and what covers its triangles.

    corner_uv: (M, 3, 2) float32, texture places of the triangles' corners, v up; whole numbers are tiles
    material: (M,) int, index into textures
    textures: for each material (T, S, 3) uint8 sRGB, row 0 at v = 1; one of a single texel is a plain colour
    """

    mesh: SeenMesh
    corner_uv: np.ndarray
    material: np.ndarray
    textures: tuple[np.ndarray, ...]

    @property
    def raster(self) -> Raster:
        """What each pixel of the photo shows of the mesh."""
        return self.mesh.raster

    @cached_property
    def colours(self) -> np.ndarray:
        """The colours (K, 3) float32, 0 to 255, of the K pixels of the raster."""
        raster = self.raster
        material = self.material[raster.triangle]
        corners = self.corner_uv[raster.triangle]
        uv = raster.blend(corners - np.floor(corners.mean(1, keepdims=True)))
        colours = np.zeros((len(material), 3), np.float32)
        for number in np.unique(material):
            own = np.flatnonzero(material == number)
            texture = self.textures[number]
            texture = shrunk(texture, texels_per_pixel(raster, own, corners[own], texture.shape))
            height, width = texture.shape[:2]
            x, y = (uv[own] * (1, -1) + (0, 1)).T * np.array([[width], [height]]) - 0.5
            colours[own] = sample(texture, x.astype(np.float32), y.astype(np.float32))
        return colours


def texels_per_pixel(raster: Raster, pixels: np.ndarray, corners: np.ndarray, shape: tuple[int, ...]) -> float:
    """Return how many texels along a line a pixel covers, the median over some pixels of a raster.

    pixels: (K,), indices of the pixels; corners: (K, 3, 2), the texture places of their triangles; shape: the texture's
    """
    if len(pixels) < 2:
        return 1.0
    along = np.diff(raster.row[pixels]) == 0  # neighbours in a row, if their columns are, too
    along &= np.diff(raster.column[pixels]) == 1
    places = np.einsum("kc,kci->ki", raster.barycentric[pixels], corners) * (shape[1], shape[0])
    steps = np.linalg.norm(np.diff(places, axis=0), axis=1)[along]
    return float(np.median(steps)) if len(steps) else 1.0


def shrunk(texture: np.ndarray, ratio: float) -> np.ndarray:
    """Return a texture reduced by the power of two next to the ratio, so that its texels are about as large as pixels.

    It is float32 and antialiased; a texture of one texel, or with larger texels, stays as it is.
    """
    texture = texture.astype(np.float32)
    halvings = int(np.clip(np.rint(np.log2(max(ratio, 1))), 0, np.log2(min(texture.shape[:2]))))
    size = texture.shape[1] >> halvings, texture.shape[0] >> halvings
    return cv2.resize(texture, size, interpolation=cv2.INTER_AREA) if halvings else texture


def sample(picture: np.ndarray, x: np.ndarray, y: np.ndarray) -> np.ndarray:
    """Return a picture (H, W, C) float32 at K places, bilinear, (K, C)."""
    rows = -(-len(x) // COLUMNS)
    padded = np.zeros((2, rows * COLUMNS), np.float32)
    padded[:, : len(x)] = x, y
    where = padded.reshape(2, rows, COLUMNS)
    values = cv2.remap(picture, *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    return values.reshape(rows * COLUMNS, -1)[: len(x)]
