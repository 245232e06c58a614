# SPDX-License-Identifier: GPL-3.0-or-later
"""A head as its camera sees it, as arrays for the worker to make pictures of."""

from dataclasses import dataclass

import bpy
import numpy as np

from .camera import in_photo
from .head_properties import read_property


@dataclass(frozen=True)
class SeenHead:
    """A head's mesh before its camera, with modifiers and shape keys as they are at the current frame.

    places: (V, 2) float32, pixels of the photo, centres at integers
    local: (V, 3) float32, local space
    points: (V, 3) float32, metres in camera space: x right, y down, z forward
    triangles: (M, 3) int32
    corner_uv: (M, 3, 2) float32, v up
    material: (M,) int32, index into the head's materials
    perspective: whether the camera has one
    """

    places: np.ndarray
    local: np.ndarray
    points: np.ndarray
    triangles: np.ndarray
    corner_uv: np.ndarray
    material: np.ndarray
    perspective: bool

    @property
    def vertex_uv(self) -> np.ndarray:
        """The texture places (V, 2) float32 of the vertices; of one on a seam any of its corners'."""
        uv = np.zeros((len(self.places), 2), np.float32)
        uv[self.triangles] = self.corner_uv
        return uv


def see_head(
    head: bpy.types.Object,
    camera: bpy.types.Object,
    image_size: tuple[int, int],
    vertices: np.ndarray | None = None,
) -> SeenHead:
    """Return the head as the camera sees it.

    image_size: width and height of its photo, pixels
    vertices: (V, 3) float32, local space, in place of the mesh's own
    """
    graph = bpy.context.evaluated_depsgraph_get()
    shown, camera = head.evaluated_get(graph), camera.evaluated_get(graph)
    mesh = shown.to_mesh()
    try:
        mesh.calc_loop_triangles()
        count = len(mesh.loop_triangles)
        local = np.empty((len(mesh.vertices), 3), np.float32)
        triangles, loops = np.empty((2, count, 3), np.int32)
        material = np.empty(count, np.int32)
        uv = np.zeros((len(mesh.loops), 2), np.float32)
        mesh.vertices.foreach_get("co", local.ravel())
        mesh.loop_triangles.foreach_get("vertices", triangles.ravel())
        mesh.loop_triangles.foreach_get("loops", loops.ravel())
        mesh.loop_triangles.foreach_get("material_index", material)
        if mesh.uv_layers.active:
            mesh.uv_layers.active.uv.foreach_get("vector", uv.ravel())
    finally:
        shown.to_mesh_clear()
    if vertices is not None and vertices.shape == local.shape:
        local = vertices
    into_camera = np.array(camera.matrix_world.inverted() @ shown.matrix_world)
    points = local @ into_camera[:3, :3].T + into_camera[:3, 3]
    metre = read_property(head, "metre") or 1.0
    return SeenHead(
        places=in_photo(camera.data, image_size, points).astype(np.float32),
        local=local,
        points=(points * (1, -1, -1) / metre).astype(np.float32),
        triangles=triangles,
        corner_uv=uv[loops],
        material=material,
        perspective=camera.data.type == "PERSP",
    )
