# SPDX-License-Identifier: GPL-3.0-or-later
"""A head on the face model's mesh as a message to the worker's client, see nets.interface.protocol."""

from __future__ import annotations

import numpy as np

from nets.errors import UsageError
from nets.topology.head import HeadMaker

Message = tuple[dict, dict[str, np.ndarray]]


def put_on_model(maker: HeadMaker, arrays: dict[str, np.ndarray]) -> Message:
    """The answer to a `put_on_model` request with its arrays, without its job.

    Raises UsageError if the arrays are not those of a capture.
    """
    try:
        vertices, texture, gaze = (arrays[name] for name in ("vertices", "texture", "gaze"))
    except KeyError as error:
        raise UsageError(f"a request to put a head on the face model's mesh without {error}") from None
    shapes = vertices.shape[1:], texture.shape, gaze.shape
    if shapes[:2] != ((3,), (len(texture), len(texture), 3)) or gaze.size not in (0, 4):
        raise UsageError(f"vertices, texture and gaze of shapes {shapes} are not those of a capture")
    facts, made = maker.make(vertices, texture, gaze).message()
    return {"type": "model_head", **facts}, made
