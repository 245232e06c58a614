# SPDX-License-Identifier: GPL-3.0-or-later
"""A head as it was captured, which it keeps beside what the user makes of it: its vertices, keys and textures."""

import bpy
import numpy as np

from .head_properties import CAPTURED_TEXTURE, CAPTURED_VALUES, HeadKind, kind_of
from .head_shape import CAPTURED, note_captured, rest_of
from .painted import PaintError, painted_images


def keep_captured(head: bpy.types.Object) -> None:
    """Keep what a head is right after its capture."""
    mesh = head.data
    if mesh.shape_keys:
        mesh[CAPTURED_VALUES] = [key.value for key in mesh.shape_keys.key_blocks]
    if CAPTURED not in mesh.attributes:
        note_captured(mesh, rest_of(mesh))
    elif not mesh.shape_keys:  # a capture on the grid was captured again, which takes back what was sculpted
        mesh.attributes[CAPTURED].data.foreach_set("vector", rest_of(mesh).ravel())
    for image in painted_images(head):
        if image and image.packed_file and CAPTURED_TEXTURE not in image:
            twin = image.copy()
            twin.name = f"{image.name} captured"
            image[CAPTURED_TEXTURE] = twin


def captured_images(head: bpy.types.Object) -> list[bpy.types.Image | None]:
    """Return for each material the image of its base colour as it was captured. Raises PaintError."""
    images = painted_images(head)
    kept = [image and image.get(CAPTURED_TEXTURE) for image in images]
    lost = any(image and not twin for image, twin in zip(images, kept, strict=True))
    if lost or CAPTURED not in head.data.attributes:
        raise PaintError(f"{head.name} does not keep how it was captured; press Capture Again, and change it then")
    return kept


def captured_vertices(head: bpy.types.Object, shown: np.ndarray) -> np.ndarray:
    """Return the vertices (V, 3) float32, local space, as they were captured: of a clip as they were at this frame.

    shown: (V, 3) float32, as they are now
    """
    mesh, captured = head.data, np.empty((len(head.data.vertices), 3), np.float32)
    mesh.attributes[CAPTURED].data.foreach_get("vector", captured.ravel())
    rest = rest_of(mesh)
    if kind_of(head) is HeadKind.PERFORMANCE:
        return shown - (rest - captured)
    if mesh.shape_keys:
        points = np.empty_like(rest)
        for key, value in zip(mesh.shape_keys.key_blocks, mesh.get(CAPTURED_VALUES, ()), strict=False):
            if value and key != mesh.shape_keys.reference_key:
                key.points.foreach_get("co", points.ravel())
                captured += value * (points - rest)
    return captured
