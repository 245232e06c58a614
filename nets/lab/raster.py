# SPDX-License-Identifier: GPL-3.0-or-later
"""A z-buffer rasteriser for triangle meshes with perspective-correct barycentric coordinates."""

import math
from dataclasses import dataclass

import numba
import numpy as np

EMPTY = -1
EDGE = np.float32(1e-4)  # pixels on an edge belong to both triangles, so that rounding leaves no cracks


@dataclass(frozen=True)
class Raster:
    """What each pixel shows.

    triangle: (H, W) int32, EMPTY where there is none
    barycentric: (H, W, 3) float32
    z: (H, W) float32, larger is nearer
    """

    triangle: np.ndarray
    barycentric: np.ndarray
    z: np.ndarray

    @property
    def covered(self) -> np.ndarray:
        """Which pixels (H, W) bool show a triangle."""
        return self.triangle != EMPTY


def rasterise(
    screen: np.ndarray, triangles: np.ndarray, size: tuple[int, int], perspective: np.ndarray | None = None
) -> Raster:
    """Rasterise triangles (M, 3) i4 of vertices screen (V, 3) f4: x and y in pixels (centres at integers), z larger
    nearer.

    size is (width, height). perspective (V,) f4 holds each vertex's inverse depth, which makes the barycentric
    coordinates perspective-correct; None means a parallel projection. z must be linear on the screen (for a perspective
    camera: the inverse depth). Both sides of a triangle are drawn.
    """
    width, height = size
    triangle = np.full((height, width), EMPTY, np.int32)
    barycentric = np.zeros((height, width, 3), np.float32)
    z = np.full((height, width), -np.inf, np.float32)
    weight = np.ones(len(screen), np.float32) if perspective is None else perspective.astype(np.float32)
    _rasterise(screen.astype(np.float32), weight, triangles, triangle, barycentric, z)
    return Raster(triangle, barycentric, z)


def depth_buffer(screen: np.ndarray, triangles: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Return z (H, W) float32 of the nearest surface, -inf where there is none."""
    width, height = size
    z = np.full((height, width), -np.inf, np.float32)
    nothing = np.zeros((0, 0), np.int32), np.zeros((0, 0, 3), np.float32)
    _rasterise(screen.astype(np.float32), np.zeros(0, np.float32), triangles, *nothing, z)
    return z


def interpolate(raster: Raster, triangles: np.ndarray, attribute: np.ndarray) -> np.ndarray:
    """Interpolate per-vertex values (V, C) at every pixel (H, W, C) float32; zero where there is no triangle."""
    out = np.zeros((*raster.triangle.shape, attribute.shape[1]), np.float32)
    _interpolate(raster.triangle, raster.barycentric, triangles, attribute.astype(np.float32), out)
    return out


def vertex_normals(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return unit normals (V, 3) float32, weighted by area.

    They point outward for counter-clockwise triangles in a right-handed frame.
    """
    return _vertex_normals(vertices.astype(np.float32), triangles)


@numba.njit(cache=True, fastmath=True)
def _rasterise(screen, weight, triangles, triangle, barycentric, z):
    """Fill z, and triangle and barycentric unless they are empty arrays."""
    height, width = z.shape
    for m in range(len(triangles)):
        a, b, c = triangles[m, 0], triangles[m, 1], triangles[m, 2]
        ax, ay, bx, by, cx, cy = screen[a, 0], screen[a, 1], screen[b, 0], screen[b, 1], screen[c, 0], screen[c, 1]
        left, right = math.ceil(min(ax, bx, cx)), math.floor(max(ax, bx, cx))
        top, bottom = math.ceil(min(ay, by, cy)), math.floor(max(ay, by, cy))
        if right < left or bottom < top or right < 0 or bottom < 0 or left >= width or top >= height:
            continue
        area = (bx - ax) * (cy - ay) - (by - ay) * (cx - ax)
        if abs(area) < 1e-9:
            continue
        inverse = np.float32(1) / area
        for y in range(max(top, 0), min(bottom, height - 1) + 1):
            for x in range(max(left, 0), min(right, width - 1) + 1):
                v = ((x - ax) * (cy - ay) - (y - ay) * (cx - ax)) * inverse
                w = ((bx - ax) * (y - ay) - (by - ay) * (x - ax)) * inverse
                u = np.float32(1) - v - w
                if min(u, v, w) < -EDGE:
                    continue
                depth = u * screen[a, 2] + v * screen[b, 2] + w * screen[c, 2]
                if depth <= z[y, x]:
                    continue
                z[y, x] = depth
                if triangle.size == 0:
                    continue
                triangle[y, x] = m
                u, v, w = u * weight[a], v * weight[b], w * weight[c]
                total = np.float32(1) / (u + v + w)
                barycentric[y, x, 0] = u * total
                barycentric[y, x, 1] = v * total
                barycentric[y, x, 2] = w * total


@numba.njit(cache=True, fastmath=True)
def _interpolate(triangle, barycentric, triangles, attribute, out):
    height, width = triangle.shape
    for y in range(height):
        for x in range(width):
            m = triangle[y, x]
            if m >= 0:
                a, b, c = triangles[m, 0], triangles[m, 1], triangles[m, 2]
                u, v, w = barycentric[y, x, 0], barycentric[y, x, 1], barycentric[y, x, 2]
                for k in range(attribute.shape[1]):
                    out[y, x, k] = u * attribute[a, k] + v * attribute[b, k] + w * attribute[c, k]


@numba.njit(cache=True, fastmath=True)
def _vertex_normals(vertices, triangles):
    normals = np.zeros_like(vertices)
    for m in range(len(triangles)):
        a, b, c = triangles[m, 0], triangles[m, 1], triangles[m, 2]
        ux, uy, uz = vertices[b, 0] - vertices[a, 0], vertices[b, 1] - vertices[a, 1], vertices[b, 2] - vertices[a, 2]
        vx, vy, vz = vertices[c, 0] - vertices[a, 0], vertices[c, 1] - vertices[a, 1], vertices[c, 2] - vertices[a, 2]
        nx, ny, nz = uy * vz - uz * vy, uz * vx - ux * vz, ux * vy - uy * vx
        for v in (a, b, c):
            normals[v, 0] += nx
            normals[v, 1] += ny
            normals[v, 2] += nz
    for v in range(len(normals)):
        length = math.sqrt(normals[v, 0] ** 2 + normals[v, 1] ** 2 + normals[v, 2] ** 2)
        if length > 0:
            normals[v] /= length
    return normals
