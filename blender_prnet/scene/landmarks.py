# SPDX-License-Identifier: GPL-3.0-or-later
"""The positions of the 68 landmarks of a head."""

import bpy
import numpy as np

from .head_properties import HeadKind, kind_of, read_property


def landmarks_of(head: bpy.types.Object) -> np.ndarray:
    """Return the landmarks (68, 3) float64, world space, Blender units, iBUG order.

    Those of a baked head are vertices of its mesh, as the present frame shows it: see has_landmarks.
    """
    matrix = np.array(head.matrix_world)
    if kind_of(head) is HeadKind.PERFORMANCE:
        vertices = head.evaluated_get(bpy.context.evaluated_depsgraph_get()).data.vertices
        points = np.array([vertices[number].co for number in read_property(head, "landmark_vertices")])
    else:
        points = read_property(head, "landmarks")
    return points @ matrix[:3, :3].T + matrix[:3, 3]


def has_landmarks(head: bpy.types.Object) -> bool:
    """Tell whether the landmarks of a head are known; those of a baked head are not once its topology was edited."""
    if kind_of(head) is not HeadKind.PERFORMANCE:
        return read_property(head, "landmarks") is not None
    return read_property(head, "vertex_count") == len(head.data.vertices)
