# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured head as arrays, for the worker to put it on the face model."""

import bpy
import numpy as np

from ..data.coordinates import canonical_from_local
from .head import texture_node
from .head_properties import FROM_PHOTOS, HeadProperties, kind_of
from .photo import image_pixels


def is_on_grid(thing: bpy.types.Object) -> bool:
    """Tell whether `thing` is a head from photos that has the mesh and the texture that the capture gave it."""
    if kind_of(thing) not in FROM_PHOTOS or thing.type != "MESH" or thing.data.is_editmode:
        return False
    return HeadProperties.of(thing).topology is None and texture_node(thing) is not None


def capture_arrays(head: bpy.types.Object) -> dict[str, np.ndarray]:
    """Return the arrays of a `put_on_model` request, see nets/interface/protocol.py."""
    local = np.empty(3 * len(head.data.vertices), np.float32)
    head.data.attributes["position"].data.foreach_get("vector", local)
    gaze = HeadProperties.of(head).gaze
    return {
        "vertices": canonical_from_local(local.reshape(-1, 3)),
        "texture": image_pixels(texture_node(head).image),
        "gaze": np.empty((0, 2), np.float32) if gaze is None else gaze,
    }
