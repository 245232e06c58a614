# SPDX-License-Identifier: GPL-3.0-or-later
"""A head as Blender's camera sees it, in requests for pictures of it."""

from __future__ import annotations

import numpy as np

from nets.errors import UsageError
from nets.geometry.seen_mesh import SeenMesh
from nets.geometry.uv_layout import SIZE, bilinear
from nets.worker.models import GRID, Models
from nets.worker.request import Request


def seen_mesh_of(request: Request) -> SeenMesh:
    """Return the mesh of a request's arrays, see nets.interface.protocol. Raises UsageError."""
    try:
        places, points, triangles = (request.arrays[name] for name in ("places", "points", "triangles"))
        (width, height), perspective = request.message["image_size"], bool(request.message["perspective"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"not a request for pictures of a head ({error!r})") from None
    count = len(places)
    shapes = places.shape[1:], points.shape, triangles.shape[1:]
    if shapes != ((2,), (count, 3), (3,)) or (triangles.size and not 0 <= triangles.min() <= triangles.max() < count):
        raise UsageError(f"places, points and triangles of shapes {shapes} are not those of a mesh")
    return SeenMesh(places, points, triangles, (int(width), int(height)), perspective)


def mean_vertices(request: Request, models: Models) -> np.ndarray | None:
    """Return where the request's vertices are on the mean head, (V, 3), canonical millimetres.

    None if the head does not have its model's vertices any more.
    """
    topology = request.options.get("topology", GRID)
    if topology == GRID:
        u, v = request.arrays["uv"].T
        return bilinear(models.bundle(request.options).layout.mean, (1 - v) * SIZE - 0.5, u * SIZE - 0.5)
    neutral = models.head_maker(request.options, topology).model.neutral
    return neutral if len(neutral) == len(request.arrays["places"]) else None
