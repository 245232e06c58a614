# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `swap`: put the face of one head's photo on the photo or the clip of another head."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.correction import Correction, correct
from nets.capture.face import FaceResult
from nets.capture.face_swap import FaceSwap, describe_swap, doubt_about
from nets.capture.picture_formats import FacePictures
from nets.errors import UsageError
from nets.io.files import replace_file
from nets.io.pictures import expand, read_picture
from nets.io.provenance import encode_marked
from nets.performance.bake import BakeProgress, Performed, Warned
from nets.performance.swapped_clip import performances_of, swapped_frames
from nets.worker.models import Models
from nets.worker.request import Message, Request, progress


def swap(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `swap` request. Raises UsageError."""
    yield progress(0, 1, "", "load")
    try:
        source, target = request.message["source"], request.message["target"]
        out, description = Path(request.message["out"]), describe_swap([Path(source["path"]).name])
    except (KeyError, TypeError) as error:
        raise UsageError(f"not a request to swap faces ({error!r})") from None
    capturer = models.capturer({**request.options, "faces": "all"})
    _, face = _captured(source, capturer)
    if doubt := doubt_about(face, Path(source["path"]).name):
        yield {"type": "warning", "message": doubt}, {}
    face_swap = FaceSwap(face, capturer.layout)
    if "paths" in target:
        yield from _swap_clip(request, models, capturer, face_swap, description)
        return
    photo, face = _captured(target, capturer)
    seen = FacePictures(face, capturer.layout).seen
    replace_file(out, encode_marked(face_swap(photo, seen, face.uv, face.in_view), description))
    yield {"type": "pictures", "files": {"picture": str(out)}}, {}


def _swap_clip(
    request: Request, models: Models, capturer: Capturer, face_swap: FaceSwap, description: str
) -> Iterator[Message]:
    """Yield the progress, and the frames of the clip as they are written: OUT with the frame's number from 1."""
    target, out = request.message["target"], Path(request.message["out"])
    paths, person, frames = expand(target["paths"]), int(target["person"]), (0, None, 1)
    model_hash, cache = models.bundle(request.options).weights_digest, Path(target["cache"])
    performed = {}
    for event in performances_of(paths, frames, {person}, capturer, model_hash, cache, request.cancelled):
        match event:
            case BakeProgress():
                yield progress(event.done, event.total, paths[0], "look")
            case Warned():
                yield {"type": "warning", "message": event.message}, {}
            case Performed():
                performed[event.person] = event.performance
    if request.cancelled():
        return
    total = len(performed[person].frame)
    for number, picture in swapped_frames(paths, frames, performed, {person: face_swap}, capturer):
        if request.cancelled():
            return
        path = out.with_name(f"{out.stem}_{number + 1:04d}{out.suffix}")
        replace_file(path, encode_marked(picture, description))
        yield {"type": "pictures", "files": {"picture": str(path)}}, {}
        yield progress(number + 1, total, path, "mesh")


def _captured(entry: dict, capturer: Capturer) -> tuple[np.ndarray, FaceResult]:
    """Return a photo, mirrored if the entry says so, and its face. entry: as of `correct`."""
    picture, correction = read_picture(Path(entry["path"]), entry.get("frame")), Correction.of(entry)
    photo = np.ascontiguousarray(picture.photo[:, ::-1]) if correction.mirrored else picture.photo
    return photo, correct(picture.photo, correction, capturer, picture.focal)
