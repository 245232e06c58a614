# SPDX-License-Identifier: GPL-3.0-or-later
"""A mesh as a camera sees it, and the pictures of its geometry: depth, normals, PNCC."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nets.geometry.pose import Pose
from nets.geometry.rasteriser import Raster, rasterise, vertex_normals
from nets.geometry.uv_layout import UVLayout
from nets.interface.perspective import PerspectivePose

METRES = 1e-3  # per millimetre
PARALLEL_DISTANCE = 1.0  # metres from the plane from which depth counts to a head's origin, where there is no camera
MARGIN = 0.02  # of PNCC's range, by which a face may reach beyond the mean's, as a whole head's nose does
NOTHING = 1e10  # metres, the depth where there is no mesh: Blender's own depth pass has it too


@dataclass(frozen=True)
class SeenMesh:
    """A mesh before a camera.

    places: (V, 2) float32, where the photo shows the vertices, pixels
    points: (V, 3) float32, metres in camera space: x right, y down, z forward from the camera; without perspective from
        a plane that is PARALLEL_DISTANCE before the head's origin
    triangles: (M, 3), counter-clockwise seen from outside once y points up
    image_size: width and height of the photo, pixels
    perspective: whether the camera has a perspective
    """

    places: np.ndarray
    points: np.ndarray
    triangles: np.ndarray
    image_size: tuple[int, int]
    perspective: bool

    @staticmethod
    def of(
        canonical: np.ndarray, pose: Pose | PerspectivePose, triangles: np.ndarray, image_size: tuple[int, int]
    ) -> SeenMesh:
        """Return the mesh of canonical vertices (V, 3), millimetres, in this pose."""
        image = pose.apply(canonical)
        perspective = isinstance(pose, PerspectivePose)
        if perspective:
            rotation, translation = pose.in_camera_space()
            points = METRES * (canonical @ rotation.T + translation)
        else:
            points = METRES / pose.scale * (image - pose.translation) * (1, 1, -1) + (0, 0, PARALLEL_DISTANCE)
        return SeenMesh(
            image[:, :2].astype(np.float32), points.astype(np.float32), triangles, tuple(image_size), perspective
        )

    @cached_property
    def raster(self) -> Raster:
        """What each pixel of the photo shows of the mesh."""
        depth = self.points[:, 2:]
        if self.perspective:
            before = np.where(depth > 0, depth, np.nan)  # what is behind the camera is left out
            screen = np.concatenate([self.places + 0 * before, 1 / before], 1)
        else:
            screen = np.concatenate([self.places, -depth], 1)
        return rasterise(screen, self.triangles, self.image_size, self.perspective)

    def depth(self) -> np.ndarray:
        """Return the distance from the camera's plane (H, W) float32, metres, NOTHING beside the mesh."""
        return self.raster.picture(self.raster.interpolate(self.points[:, 2]), NOTHING)

    def normals(self) -> np.ndarray:
        """Return the normals (H, W, 3) float32, x right, y up, z towards the viewer, 0 beside the mesh.

        All of them face the viewer: where the interpolation between vertices turns one away, it is edge-on.
        """
        normals = self.raster.interpolate(vertex_normals(self.points * (1, -1, -1), self.triangles))
        normals[:, 2] = np.maximum(normals[:, 2], 0)
        normals /= np.maximum(np.linalg.norm(normals, axis=1, keepdims=True), 1e-12)
        return self.raster.picture(normals, 0)

    def pncc(self, mean: np.ndarray, layout: UVLayout) -> np.ndarray:
        """Return the projected normalised coordinate code (H, W, 3) float32 in [0, 1], 0 beside the face.

        mean: (V, 3), where the vertices are on the mean face, canonical millimetres
        A pixel has the place on the mean face that it shows, normalised by coordinate_bounds (Zhu et al., "Face
        Alignment Across Large Poses", CVPR 2016, section 3.1). What lies beyond these bounds is not the face.
        """
        low, high = coordinate_bounds(layout)
        code = self.raster.interpolate((mean - low) / (high - low))
        within = (np.abs(code - 0.5) <= 0.5 + MARGIN).all(1, keepdims=True)
        return self.raster.picture(np.where(within, np.clip(code, 0, 1), 0).astype(np.float32), 0)


def coordinate_bounds(layout: UVLayout) -> tuple[np.ndarray, np.ndarray]:
    """Return the mean face's least and greatest x, y, z, (3,) each, canonical millimetres: PNCC's 0 and 1."""
    face = layout.mean[layout.mask]
    return face.min(0), face.max(0)
