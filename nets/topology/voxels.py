# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole head as an occupancy grid, as volumetric regression networks have it.

Jackson et al., "Large Pose 3D Face Reconstruction from a Single Image via Direct Volumetric CNN Regression", ICCV 2017:
a crop of 192 x 192 pixels and a volume of 200 layers that lies on it. Here the crop and the volume hold the head to the
crown and the nape, and all edges of a voxel are equal.
"""

from __future__ import annotations

import io
from pathlib import Path

import numpy as np

from nets.capture.mesh_formats import named
from nets.geometry.occupancy import occupancy
from nets.interface.closed_surface import close_head
from nets.io.files import replace_file
from nets.topology.captured_head import CapturedHead

SHAPE = (192, 192, 200)  # rows, columns, layers
MILLIMETRES = 1.75  # edge of a voxel: a head fits in, however it is turned


def export_voxels(head: CapturedHead, stem: Path) -> Path:
    """Write a captured head as a solid, <stem>_voxels.npz.

    voxels: (192, 192, 200) bool, True inside the head: row (y, down), column (x, right), layer (z, towards the viewer)
    origin: (3,) float32, x, y, z of the middle of voxels[0, 0, 0] in image space: pixels of the photo, the z of the
        face's vertices
    size: () float32, edge of a voxel in pixels of the photo: image = origin + size · (column, row, layer)
    millimetres: () float32, edge of a voxel in millimetres of the head, the same for all heads

    The head lies on the photo, as its pose has it, in the middle of the volume. Eyes and mouth are closed, and the neck
    ends in a plane. Raises OutputError.
    """
    path, model = named(stem, "_voxels.npz"), head.head.model
    triangles = np.concatenate([model.faces[:, :3], model.faces[:, [0, 2, 3]]])
    part, real = np.tile(model.part, 2), (triangles >= 0).all(1)  # a triangle of the model has no second half
    points, triangles = close_head(head.canonical_vertices(), triangles[real], part[real], up=1)
    points = head.face.pose.apply(points)
    size = MILLIMETRES * float(head.face.pose_scale)
    rows, columns, layers = SHAPE
    middle = (points.min(0) + points.max(0)) / 2
    origin = middle - size * (np.array([columns, rows, layers]) - 1) / 2
    packed = io.BytesIO()
    np.savez_compressed(
        packed,
        voxels=occupancy((points - origin) / size, triangles, SHAPE),
        origin=origin.astype(np.float32),
        size=np.float32(size),
        millimetres=np.float32(MILLIMETRES),
    )
    replace_file(path, packed.getbuffer())
    return path
