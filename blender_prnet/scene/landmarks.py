# SPDX-License-Identifier: GPL-3.0-or-later
"""Where the 68 landmarks of a head lie."""

import bpy
import numpy as np

from .head_properties import HeadProperties


def landmarks_of(head: bpy.types.Object) -> np.ndarray:
    """(68, 3) in the world, iBUG order."""
    matrix = np.array(head.matrix_world)
    return HeadProperties.of(head).landmarks @ matrix[:3, :3].T + matrix[:3, 3]
