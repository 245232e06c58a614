# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `correct`: capture faces again with the user's corrections."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nets.capture.correction import Correction
from nets.capture.correction import correct as correct_face
from nets.io.pictures import read_picture
from nets.io.report import InputEntry, recorded
from nets.worker.face_message import face_message
from nets.worker.models import GRID, Models
from nets.worker.put_on_model import model_head_of
from nets.worker.request import Message, Request, progress


def correct(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `correct` request."""
    yield progress(0, 1, "", "load")
    options = {**request.options, "faces": "all"}
    capturer = models.capturer(options)
    faces = [(each, Path(each["path"]), Correction.of(each)) for each in request.message["faces"]]
    for index, (each, path, correction) in enumerate(faces):
        if request.cancelled():
            return
        yield progress(index, len(faces), path, "mesh")
        frame = each.get("frame")
        entry = InputEntry(str(path), frame)
        with recorded(entry):
            picture = read_picture(path, frame)
            face = correct_face(picture.photo, correction, capturer, picture.focal)
            entry.add_face(face.summary(), None)
            yield face_message(face, path, index, frame)
            if head_maker := models.head_maker(options, each.get("topology", GRID)):
                yield model_head_of(face, head_maker, index)
        yield {"type": "input", **entry.to_json()}, {}
