# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's jobs `live`: follow the face before a camera until the client cancels; and `cameras`: name them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import cv2

from nets.errors import UsageError
from nets.live.live_tracking import LiveFace, follow
from nets.live.picture_sources import camera_names, opened
from nets.worker.models import Models
from nets.worker.request import Message, Request, progress

PICTURE_WIDTH = 480  # of the pictures that the client shows behind the head


def cameras(_request: Request, _models: Models) -> Iterator[Message]:
    """Yield the answer to a `cameras` request. No camera is switched on."""
    yield {"type": "cameras", "names": camera_names()}, {}


def live(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `live` request. The camera is on until the client cancels or is gone."""
    message = request.message
    if "camera" not in message and "path" not in message:
        raise UsageError("not a request for live capture", remedy="Choose a camera or a clip")
    source = int(message["camera"]) if "camera" in message else [Path(message["path"])]
    yield progress(0, 1, "", "load")
    capturer = models.capturer({**request.options, "faces": "all", "density": "light"})
    keep = Path(message["keep"]) if message.get("keep") else None
    with opened(source, keep) as latest:
        for face in follow(latest, capturer, request.cancelled):
            yield _message(face, bool(message.get("pictures")))


def _message(face: LiveFace, pictures: bool) -> Message:
    height, width = face.picture.shape[:2]
    facts = {"time": face.time, "delay": face.delay, "people": face.people, "confidence": face.confidence}
    arrays = {}
    if pictures:
        small = min(PICTURE_WIDTH / width, 1.0)
        size = max(round(width * small), 1), max(round(height * small), 1)
        arrays["picture"] = cv2.resize(face.picture, size, interpolation=cv2.INTER_AREA)
    if face.weights is not None:
        arrays |= {"weights": face.weights, "rotation": face.rotation}
    return {"type": "live", **facts}, arrays
