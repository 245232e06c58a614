# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `reconstruct`: capture the faces of photos and movies."""

from __future__ import annotations

from collections.abc import Iterator

import cv2

from nets.batch.picture_capture import PictureCapture
from nets.interface.file_kinds import NOT_SHOWN_SUFFIXES, suffix_of
from nets.io.pictures import expand, read_pictures
from nets.io.report import recorded
from nets.worker.face_message import face_message
from nets.worker.models import GRID, Models
from nets.worker.put_on_model import model_head_of
from nets.worker.request import Message, Request, progress


def reconstruct(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `reconstruct` request."""
    options = request.options
    boxes = options.get("boxes") or {}
    files = expand(request.message["paths"])
    yield progress(0, len(files), files[0] if files else "", "load")
    capturer = models.capturer(options)
    head_maker = models.head_maker(options, options.get("topology", GRID))
    for done, picture in enumerate(read_pictures(files)):
        if request.cancelled():
            return
        total = max(len(files), done + 1)  # every frame of a movie counts, and their number is not known beforehand
        yield progress(done, total, picture.path, "detect")
        capture = PictureCapture(picture, capturer, boxes)
        with recorded(capture.entry):
            for index, estimate in enumerate(capture.estimates):
                if request.cancelled():
                    return
                yield progress(done, total, picture.path, "mesh")
                face = capture.build(estimate)
                capture.entry.add_face(face.summary(), None)
                message, arrays = face_message(face, picture.path, index, picture.frame)
                if index == 0 and suffix_of(picture.path) in NOT_SHOWN_SUFFIXES:
                    arrays = arrays | {"photo_png": cv2.imencode(".png", picture.photo[..., ::-1])[1].ravel()}
                yield message, arrays
                if head_maker:
                    yield model_head_of(face, head_maker, index)
        yield {"type": "input", **capture.entry.to_json(), "path": str(picture.path)}, {}
