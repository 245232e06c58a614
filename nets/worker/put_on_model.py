# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `put_on_model`: put a captured head on another mesh."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nets.capture.face import FaceResult
from nets.errors import UsageError
from nets.topology.arkit import NAMES
from nets.topology.head import HeadMaker
from nets.worker.models import Models
from nets.worker.request import Message, Request, progress


def put_on_model(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `put_on_model` request."""
    yield progress(0, 1, "", "mesh")
    head_maker = models.head_maker(request.options, request.options.get("topology", "model"))
    yield model_head(request.arrays, head_maker, index=0)


def model_head_of(face: FaceResult, head_maker: HeadMaker, index: int) -> Message:
    """Return the model_head message of a captured face, the index-th of its photo."""
    return model_head({**face.arrays(), "vertices": face.canonical_vertices()}, head_maker, index)


def model_head(arrays: dict[str, np.ndarray], head_maker: HeadMaker, index: int) -> Message:
    """Return the model_head message of a capture.

    arrays: vertices (N, 3) float32, canonical millimetres; texture (T, T, 3) uint8; gaze (2, 2) float32, or empty;
    arkit (52,) float32, the weights of Apple's blendshapes, texture_mask (T, T) uint8 and in_view (N,) float32, where
    they are known. Raises UsageError if the arrays are not those of a capture.
    """
    try:
        vertices, texture, gaze = (arrays[name] for name in ("vertices", "texture", "gaze"))
    except KeyError as error:
        raise UsageError(f"a request to put a head on the face model's mesh without {error}") from None
    expression = arrays.get("arkit")
    shapes = vertices.shape[1:], texture.shape, gaze.shape, (len(NAMES),) if expression is None else expression.shape
    if shapes[:2] != ((3,), (len(texture), len(texture), 3)) or gaze.size not in (0, 4) or shapes[3] != (len(NAMES),):
        raise UsageError(f"vertices, texture, gaze and weights of shapes {shapes} are not those of a capture")
    seen = arrays.get("texture_mask")
    if seen is not None and seen.shape != texture.shape[:2]:
        raise UsageError(f"a mask of shape {seen.shape} is not that of a texture of shape {texture.shape}")
    in_view = arrays.get("in_view")
    facts, made = head_maker.make(vertices, texture, gaze, expression, seen, in_view).message()
    return {"type": "model_head", "index": index, **facts}, made
