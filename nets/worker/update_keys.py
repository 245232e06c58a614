# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `update_keys`: make the blendshapes of a head that was changed after its capture."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nets.errors import UsageError
from nets.worker.models import Models
from nets.worker.request import Message, Request, progress


def update_keys(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to an `update_keys` request."""
    yield progress(0, 1, "", "keys")
    head_maker = models.head_maker(request.options, request.options.get("topology", "head"))
    vertices = request.arrays.get("vertices")
    if head_maker is None or vertices is None:
        raise UsageError("a request to update the keys of a head without its vertices, or of one on the grid")
    names, shapes = head_maker.shapes_of(vertices)
    yield {"type": "head_keys", "shapes": list(names)}, {"offsets": shapes.astype(np.float16)}
