# SPDX-License-Identifier: GPL-3.0-or-later
"""Which parts of a captured face the camera sees, from the face's own depth buffer, in numpy.

All positions are in image space: x right, y down, z towards the viewer, in pixels.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nets.geometry.grid_mesh import GridMesh
from nets.geometry.rasteriser import covered_pixels
from nets.geometry.uv_layout import UVLayout

BUFFER_SIDE = 176  # the face's longer side in the depth buffer: about one triangle of the medium mesh per cell
LARGEST_TRIANGLE = 400  # cells; larger ones are spikes of a failed map and hide nothing
SOFT_RANGE = 4.0  # cells of depth over which a texel behind the surface fades out
EDGE_ON, FACING = 0.02, 0.18  # cosine between normal and view where a texel is gone, and where it is fully seen
STEP = 6.0  # cells of depth between neighbours that count as an outline


@dataclass(frozen=True)
class Visibility:
    """How the camera sees each texel, maps (256, 256) float32, 0 off the mask."""

    seen: np.ndarray  # in [0, 1]: 1 where the surface faces the camera and no part of the face occludes it
    facing: np.ndarray  # cosine between the normal and the view, negative on surfaces that face away
    margin: np.ndarray  # distance in the image to the nearest outline, as a share of the face's longer side
    inset: np.ndarray  # as margin, but to the silhouette only, beyond which nothing is the face


def visibility_of(position_map: np.ndarray, layout: UVLayout, mesh: GridMesh) -> Visibility:
    """Return the visibility of a position map (256, 256, 3) in image space.

    The layout's medium mesh is fine enough for the depth buffer.
    """
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
    """Return unit normals (256, 256, 3) that point out of the face, in the map's own frame."""
    along_rows, along_columns = np.gradient(position_map, axis=(0, 1))
    normals = np.cross(along_columns, along_rows)
    return normals / np.maximum(np.linalg.norm(normals, axis=-1, keepdims=True), 1e-12)


def depth_buffer(vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    """Return the largest z of a mesh in each cell, (H, W) float32, -inf where there is none.

    vertices: (N, 3), in cells, x and y not negative
    triangles: (M, 3)
    """
    height, width = (int(extent) + 2 for extent in vertices[:, 1::-1].max(0))
    buffer = np.full(height * width, -np.inf, np.float32)
    for _, pixel, z in covered_pixels(vertices, triangles, (width, height), LARGEST_TRIANGLE):
        np.maximum.at(buffer, pixel, z)
    return buffer.reshape(height, width)


def distance_to_outline(depth: np.ndarray, step: float) -> np.ndarray:
    """Return the distance, in cells, from each cell to the nearest that is empty or where the depth jumps by a step."""
    covered = np.isfinite(depth)
    surface = np.where(covered, depth, depth[covered].min())
    around = np.ones((3, 3))
    jumps = np.maximum(cv2.dilate(surface, around) - surface, surface - cv2.erode(surface, around))
    flat = np.pad((covered & (jumps <= step)).astype(np.uint8), 1)
    return cv2.distanceTransform(flat, cv2.DIST_L2, 3)[1:-1, 1:-1]


def smoothstep(t: np.ndarray) -> np.ndarray:
    """Rise smoothly from 0 at t = 0 to 1 at t = 1, float32."""
    t = np.clip(t, 0, 1)
    return (t * t * (3 - 2 * t)).astype(np.float32)
