# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's jobs `part_masks` and `take_part`: parts of one head's texture for another."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from nets.errors import UsageError
from nets.geometry.uv_layout import SIZE
from nets.topology.head_parts import masks_on, take_from
from nets.worker.models import GRID, Models
from nets.worker.request import Message, Request


def show_masks(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `part_masks` request."""
    masks = masks_on(request.options.get("topology", GRID), models.bundle(request.options).layout)
    yield {"type": "masks"}, {name: np.uint8(mask * 255 + 0.5) for name, mask in masks.items()}


def take_part(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `take_part` request."""
    arrays, parts = request.arrays, request.message["parts"]
    topology = request.options.get("topology", GRID)
    masks = masks_on(topology, models.bundle(request.options).layout)
    try:
        chosen = {part: _edited(arrays.get(f"mask_{part}"), masks[part]) for part in parts}
    except KeyError as error:
        raise UsageError(f"there is no part {error}") from None
    own, source = (
        {name.removeprefix(state): each for name, each in arrays.items() if name.startswith(state)}
        for state in ("own_", "source_")
    )
    changed = take_from(own, topology, source, request.message["source_topology"], chosen)
    yield {"type": "textures"}, changed


def _edited(edited: np.ndarray | None, mask: np.ndarray) -> np.ndarray:
    """Return a user's mask (S, S) uint8 as (256, 256) float32, or the mask itself if there is none."""
    if edited is None:
        return mask
    return cv2.resize(edited, (SIZE, SIZE), interpolation=cv2.INTER_AREA).astype(np.float32) / 255
