# SPDX-License-Identifier: GPL-3.0-or-later
"""A z-buffer rasteriser for triangle meshes, in numpy: which triangle each pixel of a picture shows, and where."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

import numpy as np

CELLS = 1 << 20  # pixels of triangles' bounding boxes that are tested at a time, which bounds the memory
EDGE = 1e-4  # share of a triangle by which pixels beside it belong to it, so that rounding leaves no cracks
SMALLEST_AREA = 1e-9  # square pixels; smaller triangles cover no pixel


@dataclass(frozen=True)
class Raster:
    """The K pixels of a picture that show a mesh, in rows from the top.

    row, column: (K,) int64
    triangle: (K,) int64, number of the triangle that is seen
    barycentric: (K, 3) float32, weights of its corners
    triangles: (M, 3), the mesh's
    size: width and height of the picture, pixels
    """

    row: np.ndarray
    column: np.ndarray
    triangle: np.ndarray
    barycentric: np.ndarray
    triangles: np.ndarray
    size: tuple[int, int]

    @cached_property
    def mask(self) -> np.ndarray:
        """The pixels (H, W) bool that show the mesh."""
        return self.picture(np.ones(len(self.row), bool), False)

    def interpolate(self, values: np.ndarray) -> np.ndarray:
        """Return values (V, …) of the vertices at the K pixels, (K, …) float32."""
        return self.blend(values[self.triangles[self.triangle]])

    def blend(self, corners: np.ndarray) -> np.ndarray:
        """Return values (K, 3, …) of the corners of each pixel's triangle at the pixels, (K, …) float32."""
        return np.einsum("kc,kc...->k...", self.barycentric, corners.astype(np.float32))

    def picture(self, values: np.ndarray, background: float) -> np.ndarray:
        """Return a picture (H, W, …) with values (K, …) where the mesh is seen and the background elsewhere."""
        width, height = self.size
        picture = np.full((height, width, *values.shape[1:]), background, values.dtype)
        picture[self.row, self.column] = values
        return picture


def rasterise(screen: np.ndarray, triangles: np.ndarray, size: tuple[int, int], perspective: bool = False) -> Raster:
    """Return what the pixels of a picture show of a mesh. Both sides of a triangle are seen.

    screen: (V, 3), x and y in pixels, whose centres are at integers, and z, larger nearer and linear in the picture
    triangles: (M, 3)
    size: width and height of the picture, pixels
    perspective: whether z is the inverse depth, which makes the weights perspective-correct; otherwise the projection
        is a parallel one
    """
    width, height = size
    nearest = np.full(width * height, -np.inf, np.float32)
    owner = np.full(width * height, -1, np.int64)
    for triangle, pixel, z in covered_pixels(screen, triangles, size):
        np.maximum.at(nearest, pixel, z)
        seen = z == nearest[pixel]
        owner[pixel[seen]] = triangle[seen]
    shown = np.flatnonzero(owner >= 0)
    triangle, (row, column) = owner[shown], np.divmod(shown, width)
    corners = screen[triangles[triangle]]
    weights = _barycentric(corners, np.stack([column, row], 1))
    if perspective:
        weights *= corners[..., 2]
    weights = np.maximum(weights, 0)
    weights /= weights.sum(1, keepdims=True)
    return Raster(row, column, triangle, weights.astype(np.float32), triangles, size)


def covered_pixels(
    screen: np.ndarray, triangles: np.ndarray, size: tuple[int, int], largest: float = np.inf
) -> Iterator[tuple[np.ndarray, np.ndarray, np.ndarray]]:
    """Yield in parts the triangle, the pixel (row · width + column) and the z, (F,) each, where triangles cover pixels.

    screen, triangles, size: as for rasterise; triangles whose bounding box has more than `largest` pixels are left out
    """
    width, height = size
    x, y, z = (axis[triangles.T] for axis in np.ascontiguousarray(screen.T, np.float32))  # (3, M), of the corners
    left, right = _pixels_between(x, width)
    top, bottom = _pixels_between(y, height)
    wide = right - left + 1
    count = wide * (bottom - top + 1)
    number = np.flatnonzero((wide > 0) & (count > 0) & (count <= largest))
    left, top, wide, count = left[number], top[number], wide[number], count[number]
    (ax, bx, cx), (ay, by, cy), (az, bz, cz) = x[:, number], y[:, number], z[:, number]
    bx, by, bz, cx, cy, cz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
    area = bx * cy - by * cx
    area[np.abs(area) < SMALLEST_AREA] = np.inf
    first = np.cumsum(count) - count
    for part in np.split(np.arange(len(number)), np.flatnonzero(np.diff(first // CELLS)) + 1):
        # One entry per pixel of each triangle's bounding box.
        entry = np.repeat(part, count[part])
        within = np.arange(len(entry)) - np.repeat(first[part] - first[part[:1]], count[part])
        down, across = np.divmod(within, wide[entry])
        column, row = left[entry] + across, top[entry] + down
        dx, dy = (column - ax[entry]).astype(np.float32), (row - ay[entry]).astype(np.float32)
        u = (dx * cy[entry] - dy * cx[entry]) / area[entry]
        v = (dy * bx[entry] - dx * by[entry]) / area[entry]
        inside = np.flatnonzero((u >= -EDGE) & (v >= -EDGE) & (u + v <= 1 + EDGE))
        entry = entry[inside]
        depth = az[entry] + u[inside] * bz[entry] + v[inside] * cz[entry]
        yield number[entry], (row * width + column)[inside], depth


def _pixels_between(corners: np.ndarray, count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the first and the last of `count` pixels, (M,) int32 each, between corners (3, M) along an axis."""
    first = np.ceil(np.nan_to_num(corners.min(0), nan=np.inf)).clip(0, count)
    last = np.floor(np.nan_to_num(corners.max(0), nan=-np.inf)).clip(-1, count - 1)
    return first.astype(np.int32), last.astype(np.int32)


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return unit normals (V, 3) float32, the mean of the adjacent triangles' weighted by area.

    They point to the side from which the triangles are seen counter-clockwise in a right-handed frame.
    """
    a, b, c = np.moveaxis(vertices[triangles].astype(np.float32), 1, 0)
    of_triangles = np.cross(b - a, c - a)
    places = triangles.T.ravel()
    normals = np.stack([np.bincount(places, np.tile(axis, 3), len(vertices)) for axis in of_triangles.T], 1)
    return (normals / np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)).astype(np.float32)


def _barycentric(corners: np.ndarray, places: np.ndarray) -> np.ndarray:
    """Return the weights (K, 3) float64 of the corners (K, 3, 3) at places (K, 2), parallel projection."""
    a, b, c = np.moveaxis(corners[..., :2].astype(np.float64), 1, 0)
    b, c, place = b - a, c - a, places - a
    area = b[:, 0] * c[:, 1] - b[:, 1] * c[:, 0]
    area[area == 0] = np.inf  # a triangle that rounding alone had given an extent: its first corner stands for it
    v = (place[:, 0] * c[:, 1] - place[:, 1] * c[:, 0]) / area
    w = (b[:, 0] * place[:, 1] - b[:, 1] * place[:, 0]) / area
    return np.stack([1 - v - w, v, w], 1)
