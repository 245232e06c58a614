# SPDX-License-Identifier: GPL-3.0-or-later
"""The points of a head's surface that can be pinned, by the numbers of nets/interface/surface_points.py."""

import bpy
import numpy as np
from bpy_extras.view3d_utils import region_2d_to_origin_3d, region_2d_to_vector_3d

from ..data.head_shape import vertex_count
from ..data.landmark_vertices import grid_points, head_points
from ..data.model_head import TOPOLOGIES
from ..installation import HEAD_FILE, LAYOUT_FILE
from .head_properties import read_property


def vertex_points(head: bpy.types.Object) -> np.ndarray | None:
    """Return the point (V,) at each vertex of a head's mesh, -1 where there is none.

    None for heads whose vertices have no known places on the face: the light head, ICT Topology, edited meshes.
    """
    mesh, topology = head.data, read_property(head, "topology")
    if topology == TOPOLOGIES["head"] and len(mesh.vertices) == vertex_count(HEAD_FILE):
        return head_points(HEAD_FILE, LAYOUT_FILE)
    if topology is None and mesh.uv_layers:
        uv, vertices = np.empty(2 * len(mesh.loops), np.float32), np.empty(len(mesh.loops), np.int32)
        mesh.uv_layers[0].data.foreach_get("uv", uv)
        mesh.loops.foreach_get("vertex_index", vertices)
        of_vertex = np.full((len(mesh.vertices), 2), np.nan)
        of_vertex[vertices] = uv.reshape(-1, 2)
        return grid_points(of_vertex, LAYOUT_FILE)
    return None


def point_under(head: bpy.types.Object, context: bpy.types.Context, mouse: np.ndarray) -> tuple[int, np.ndarray] | None:
    """Return the point under the mouse (2,) in a 3D View, and its place (3,) in world space; None where there is none.

    It is the vertex nearest to where the ray through the mouse meets the head first.
    """
    points = vertex_points(head)
    if points is None:
        return None
    evaluated, to_local = head.evaluated_get(context.evaluated_depsgraph_get()), head.matrix_world.inverted()
    start = region_2d_to_origin_3d(context.region, context.region_data, mouse)
    end = start + region_2d_to_vector_3d(context.region, context.region_data, mouse)
    start, end = to_local @ start, to_local @ end
    met, place, _normal, polygon = evaluated.ray_cast(start, end - start)
    if not met or len(evaluated.data.vertices) != len(points):  # modifiers may have made other vertices
        return None
    vertices = evaluated.data.vertices
    nearest = min(evaluated.data.polygons[polygon].vertices, key=lambda each: (vertices[each].co - place).length)
    return None if points[nearest] < 0 else (int(points[nearest]), np.array(head.matrix_world @ vertices[nearest].co))
