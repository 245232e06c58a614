# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `track`: bake a clip into the performances of its people."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np

from nets.errors import UsageError
from nets.performance.bake import bake
from nets.performance.events import BakeOptions, BakeProgress, Event, Gap, Performed, Preview, Warned
from nets.performance.fixes import fixes_of
from nets.performance.smoothing import Strengths
from nets.worker.models import GRID, Models
from nets.worker.put_on_model import model_head
from nets.worker.request import Message, Request, progress

BAKE_OPTIONS = ("people", "gaps", "preview")  # of a request's options, those of BakeOptions


def track(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `track` request. Raises UsageError if it names no clip."""
    yield progress(0, 1, "", "load")
    options, message = request.options, request.message
    capturer = models.capturer(options)
    try:
        source = message["source"]
        paths = source["paths"] if "paths" in source else [source["path"]]
        first, last, step = map(int, message.get("frames") or (0, -1, 1))
        cache = Path(message["cache"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"not a request to track a clip ({error!r})") from None
    chosen = {key: options[key] for key in BAKE_OPTIONS if key in options}
    if "smoothing" in options:
        chosen["smoothing"] = _smoothing(options["smoothing"])
    if message.get("textures"):
        chosen["textures"] = Path(message["textures"])
        chosen["textures_up_to"] = message.get("textures_up_to")
    if "fixes" in message:
        chosen["fixes"] = fixes_of(message["fixes"])
    bake_options = BakeOptions(**chosen)
    frames = first, None if message.get("frames") is None else last, step
    model_hash = models.bundle(options).weights_digest
    head_maker = models.head_maker(options, options.get("topology", GRID))
    for event in bake(paths, frames, capturer, model_hash, bake_options, cache, request.cancelled):
        yield _message(event)
        if head_maker and isinstance(event, Performed) and event.performance.arkit.size:
            yield model_head(event.performance.typical_face(), head_maker, event.person)


def _smoothing(value: float | dict) -> float | Strengths:
    """Read the option `smoothing`, see nets.interface.protocol. Raises UsageError."""
    try:
        return Strengths(**value) if isinstance(value, dict) else float(value)
    except (TypeError, ValueError) as error:
        raise UsageError(f"not strengths of smoothing ({error!r})") from None


def _message(event: Event) -> Message:
    match event:
        case BakeProgress():
            return {"type": "progress", **vars(event)}, {}
        case Preview():
            return {"type": "preview", "frame": event.frame}, {"image": event.image}
        case Gap():
            return {"type": "gap", **vars(event)}, {}
        case Warned():
            return {"type": "warning", "message": event.message}, {}
        case Performed():
            values = vars(event.performance)
            arrays = {name: value for name, value in values.items() if isinstance(value, np.ndarray)}
            facts = {name: value for name, value in values.items() if name not in arrays}
            facts["arkit_names"] = arrays.pop("arkit_names").tolist()  # text, which is no array of the protocol
            return {"type": "performance", "person": event.person, **facts}, arrays
