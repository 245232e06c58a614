# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured head as arrays again, for the worker to go on with."""

import bpy
import numpy as np

from ..data.coordinates import canonical_from_local
from .model_head import TOPOLOGY


def is_on_grid(thing: bpy.types.Object) -> bool:
    """Whether `thing` is the head of a photo with the mesh and the texture that the capture gave it."""
    return (
        "prnet_residual" in thing and TOPOLOGY not in thing and thing.type == "MESH" and texture_of(thing) is not None
    )


def texture_of(head: bpy.types.Object) -> bpy.types.Image | None:
    """The image of its first material."""
    material = next(iter(head.data.materials), None)
    nodes = material.node_tree.nodes if material and material.node_tree else ()
    return next((node.image for node in nodes if node.type == "TEX_IMAGE" and node.image), None)


def capture_arrays(head: bpy.types.Object) -> dict[str, np.ndarray]:
    """The arrays of a `put_on_model` request of protocol.py."""
    local = np.empty(3 * len(head.data.vertices), np.float32)
    head.data.attributes["position"].data.foreach_get("vector", local)
    image = texture_of(head)
    pixels = np.empty(len(image.pixels), np.float32)
    image.pixels.foreach_get(pixels)
    rows = pixels.reshape(image.size[1], image.size[0], -1)[::-1, :, :3]  # Blender's rows start at the bottom
    return {
        "vertices": canonical_from_local(local.reshape(-1, 3)),
        "texture": np.uint8(np.clip(rows * 255 + 0.5, 0, 255)),
        "gaze": np.float32(head.get("prnet_gaze", ())).reshape(-1, 2),
    }
