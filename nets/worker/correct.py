# SPDX-License-Identifier: GPL-3.0-or-later
"""Corrections as messages to the worker's client, see nets.interface.protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.correction import Correction, correct
from nets.errors import NoFaceError, UnreadableError
from nets.io.pictures import Picture, fetch
from nets.io.report import InputEntry, recorded
from nets.topology.head import HeadMaker
from nets.worker.face_message import face_message
from nets.worker.put_on_model import put_on_model

Message = tuple[dict, dict[str, np.ndarray]]


def correct_job(
    request: dict, capturer: Capturer, cancelled: Callable[[], bool], head_maker: Callable[[], HeadMaker]
) -> Iterator[Message]:
    """The answers to a `correct` request, each a message without its job, and its arrays."""
    wanted = [(Path(each["path"]), each.get("frame"), Correction.of(each)) for each in request["faces"]]
    for index, (path, frame, correction) in enumerate(wanted):
        if cancelled():
            return
        yield {"type": "progress", "done": index, "total": len(wanted), "path": str(path), "stage": "mesh"}, {}
        entry = InputEntry(str(path), frame)
        with recorded(entry):
            face = correct(picture_of(path, frame).photo, correction, capturer)
            entry.add_face(face.summary(), None)
            yield face_message(face, path, index, frame)
            if request["faces"][index].get("topology") == "model":
                yield put_on_model(head_maker(), {**face.arrays(), "vertices": face.canonical_vertices()})
        yield {"type": "input", **entry.to_json()}, {}


def find_job(request: dict, capturer: Capturer) -> Iterator[Message]:
    """The answers to a `find` request: where the photo's faces are."""
    path, entry = Path(request["path"]), InputEntry(request["path"])
    yield {"type": "progress", "done": 0, "total": 1, "path": str(path), "stage": "detect"}, {}
    with recorded(entry):
        picture = picture_of(path, request.get("frame"))
        try:
            boxes = np.stack([estimate.box for estimate in capturer.find(picture.photo)])
        except NoFaceError as error:
            boxes = np.empty((0, 4), np.float32)
            entry.fail(error)
        yield {"type": "found", "path": str(path)}, {"boxes": boxes}
    yield {"type": "input", **entry.to_json()}, {}


def picture_of(path: Path, frame: int | None) -> Picture:
    """A photo, or a frame of a movie. Raises UnreadableError."""
    picture = next((each.decode() for each in fetch(path) if each.frame in (None, frame)), None)
    if picture is None:
        raise UnreadableError(f"the movie has no frame {frame}", path)
    if picture.error:
        raise picture.error
    return picture
