# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `find`: tell where the faces of a photo are."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nets.errors import NoFaceError
from nets.io.pictures import read_picture
from nets.io.report import InputEntry, recorded
from nets.worker.models import Models
from nets.worker.request import Message, Request, progress


def find(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `find` request."""
    yield progress(0, 1, "", "load")
    capturer = models.capturer({**request.options, "faces": "all"})
    path, frame = Path(request.message["path"]), request.message.get("frame")
    entry = InputEntry(str(path))
    yield progress(0, 1, path, "detect")
    with recorded(entry):
        photo = read_picture(path, frame).photo
        try:
            boxes = np.stack([estimate.box for estimate in capturer.find(photo)])
        except NoFaceError as error:
            boxes = np.empty((0, 4), np.float32)
            entry.fail(error)
        yield {"type": "found", "path": str(path)}, {"boxes": boxes}
    yield {"type": "input", **entry.to_json()}, {}
