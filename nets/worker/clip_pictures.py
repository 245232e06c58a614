# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `clip_pictures`: read some frames of a clip, for Blender to show them next to a head."""

from __future__ import annotations

from collections.abc import Iterator

import cv2
import numpy as np

from nets.errors import UsageError
from nets.io.clip import open_clip
from nets.io.frame_block import FrameBlocks
from nets.worker.models import Models
from nets.worker.request import Message, Request, progress


def clip_pictures(request: Request, _models: Models) -> Iterator[Message]:
    """Yield the answers to a `clip_pictures` request. Raises UsageError if it names no clip."""
    try:
        source = request.message["source"]
        paths = source["paths"] if "paths" in source else [source["path"]]
        frames, height = [int(frame) for frame in request.message["frames"]], int(request.message["height"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"not a request for frames of a clip ({error!r})") from None
    clip = open_clip(paths)
    blocks = FrameBlocks(clip)
    size = max(round(clip.size[0] * height / clip.size[1]), 1), height
    for done, number in enumerate(frames):
        if request.cancelled():
            return
        yield progress(done, len(frames), clip.path, "read")
        picture = blocks.frame(number).picture
        if picture is not None:
            image = cv2.resize(picture, size, interpolation=cv2.INTER_AREA)
            yield {"type": "preview", "frame": number}, {"image": np.ascontiguousarray(image)}
