# SPDX-License-Identifier: GPL-3.0-or-later
"""The positions of the 68 landmarks of a head."""

import bpy
import numpy as np

from .head_properties import read_property


def landmarks_of(head: bpy.types.Object) -> np.ndarray:
    """Return the landmarks (68, 3) float64, world space, Blender units, iBUG order."""
    matrix = np.array(head.matrix_world)
    return read_property(head, "landmarks") @ matrix[:3, :3].T + matrix[:3, 3]
