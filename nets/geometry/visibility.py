# SPDX-License-Identifier: GPL-3.0-or-later
"""Which part of a captured face the camera sees: the face's own depth buffer, in numpy.

Image space: x right, y down, z towards the viewer, all in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nets.geometry.grid_mesh import GridMesh
from nets.geometry.uv_layout import UVLayout

BUFFER_SIDE = 176  # the face's longer side in the depth buffer: about one triangle of the medium mesh per cell
LARGEST_TRIANGLE = 400  # cells; larger ones are spikes of a failed map and hide nothing
SOFT_RANGE = 4.0  # cells of depth over which a texel behind the surface fades out
EDGE_ON, FACING = 0.02, 0.18  # cosine between normal and view where a texel is gone, and where it is fully seen
STEP = 6.0  # cells of depth between neighbours that make an outline


@dataclass(frozen=True)
class Visibility:
    """How the camera sees each texel, maps (256, 256) float32, 0 off the mask."""

    seen: np.ndarray  # in [0, 1]: 1 where the surface faces the camera and nothing of the face lies before it
    facing: np.ndarray  # cosine between the normal and the view, negative on surfaces that face away
    margin: np.ndarray  # distance in the picture to the nearest outline, as a share of the face's longer side
    inset: np.ndarray  # likewise, but to the outermost outline only: what lies beyond is not the face


def visibility_of(position_map: np.ndarray, layout: UVLayout, mesh: GridMesh) -> Visibility:
    """Of a position map (256, 256, 3) in image space. The layout's medium mesh is fine enough for the depth buffer."""
    normals = surface_normals(position_map)
    facing = np.where(layout.mask, normals[..., 2], 0).astype(np.float32)
    vertices = layout.sample(mesh, position_map)
    low = vertices.min(0)
    cell = max(float(np.ptp(vertices[:, :2], 0).max()) / BUFFER_SIDE, 1e-6)
    depth = depth_buffer((vertices - low) / cell, mesh.triangles)

    x, y, z = np.moveaxis((position_map - low) / cell, -1, 0)
    column = np.clip(np.rint(x), 0, depth.shape[1] - 1).astype(np.int32)
    row = np.clip(np.rint(y), 0, depth.shape[0] - 1).astype(np.int32)
    slope = np.sqrt(1 - np.minimum(facing**2, 1)) / np.maximum(facing, 0.25)  # depth changes this much within a cell
    behind = depth[row, column] - z - 1 - slope
    hidden = smoothstep(behind / SOFT_RANGE)
    seen = smoothstep((facing - EDGE_ON) / (FACING - EDGE_ON)) * (1 - hidden)
    margin, inset = (
        np.where(layout.mask, distance_to_outline(depth, step)[row, column] / BUFFER_SIDE, 0).astype(np.float32)
        for step in (STEP, np.inf)
    )
    return Visibility(seen, facing, margin, inset)


def surface_normals(position_map: np.ndarray) -> np.ndarray:
    """Unit normals (256, 256, 3) that point out of the face, in the map's own frame (y down, z towards the viewer)."""
    along_rows, along_columns = np.gradient(position_map, axis=(0, 1))
    normals = np.cross(along_columns, along_rows)
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)


def depth_buffer(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Largest z over each cell, -inf where there is none. Vertices (N, 3) with x, y >= 0 in cells, triangles (M, 3)."""
    height, width = (int(extent) + 2 for extent in vertices[:, 1::-1].max(0))
    x, y, z = (axis[triangles.T] for axis in np.ascontiguousarray(vertices.T, np.float32))  # (3, M), of the corners
    left, top = (np.ceil(axis.min(0)).astype(np.int32) for axis in (x, y))
    wide = np.maximum(np.floor(x.max(0)).astype(np.int32) - left + 1, 0)
    count = wide * np.maximum(np.floor(y.max(0)).astype(np.int32) - top + 1, 0)
    keep = (count > 0) & (count <= LARGEST_TRIANGLE)
    left, top, wide, count = left[keep], top[keep], wide[keep], count[keep]
    (ax, bx, cx), (ay, by, cy), (az, bz, cz) = x[:, keep], y[:, keep], z[:, keep]
    bx, by, bz, cx, cy, cz = bx - ax, by - ay, bz - az, cx - ax, cy - ay, cz - az
    area = bx * cy - by * cx
    area[np.abs(area) < 1e-9] = np.inf

    # One entry per cell of each triangle's bounding box.
    triangle = np.repeat(np.arange(len(count)), count)
    within = np.arange(len(triangle)) - np.repeat(np.cumsum(count) - count, count)
    down, across = np.divmod(within, wide[triangle])
    column, row = left[triangle] + across, top[triangle] + down
    dx, dy = column - ax[triangle], row - ay[triangle]
    u = (dx * cy[triangle] - dy * cx[triangle]) / area[triangle]
    v = (dy * bx[triangle] - dx * by[triangle]) / area[triangle]
    inside = (u >= -1e-4) & (v >= -1e-4) & (u + v <= 1 + 1e-4)
    z = (az[triangle] + u * bz[triangle] + v * cz[triangle])[inside]
    buffer = np.full(height * width, -np.inf, np.float32)
    np.maximum.at(buffer, (row * width + column)[inside], z)
    return buffer.reshape(height, width)


def distance_to_outline(depth: np.ndarray, step: float) -> np.ndarray:
    """Cells from each cell of a depth buffer to the nearest one that is empty or where the depth jumps by a step."""
    covered = np.isfinite(depth)
    surface = np.where(covered, depth, depth[covered].min())
    around = np.ones((3, 3))
    jumps = np.maximum(cv2.dilate(surface, around) - surface, surface - cv2.erode(surface, around))
    flat = np.pad((covered & (jumps <= step)).astype(np.uint8), 1)
    return cv2.distanceTransform(flat, cv2.DIST_L2, 3)[1:-1, 1:-1]


def smoothstep(t: np.ndarray) -> np.ndarray:
    t = np.clip(t, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)
