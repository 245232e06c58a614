# SPDX-License-Identifier: GPL-3.0-or-later
"""A bake as messages to the worker's client, see nets.interface.protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from nets.capture.capturer import Capturer
from nets.errors import UsageError
from nets.performance.bake import BakeOptions, BakeProgress, Event, Gap, Performed, Preview, Warned, bake

Message = tuple[dict, dict[str, np.ndarray]]


def track_job(request: dict, capturer: Capturer, model_hash: str, cancelled: Callable[[], bool]) -> Iterator[Message]:
    """The answers to a `track` request, each a message without its job, and its arrays."""
    try:
        source, given = request["source"], request.get("options") or {}
        paths = source["paths"] if "paths" in source else [source["path"]]
        first, last, step = map(int, request.get("frames") or (0, -1, 1))
        cache = Path(request["cache"])
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"not a request to track a clip ({error!r})") from None
    textures = Path(request["textures"]) if request.get("textures") else None
    wanted = {key: given[key] for key in ("people", "smoothing", "gaps", "preview") if key in given}
    options = BakeOptions(**wanted, textures=textures)
    frames = first, None if request.get("frames") is None else last, step
    for event in bake(paths, frames, capturer, model_hash, options, cache, cancelled):
        yield message_of(event)


def message_of(event: Event) -> Message:
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
            facts = {name: value for name, value in values.items() if not isinstance(value, np.ndarray)}
            facts["arkit_names"] = event.performance.arkit_names.tolist()
            arrays = {
                name: value for name, value in values.items() if isinstance(value, np.ndarray) and name not in facts
            }
            return {"type": "performance", "person": event.person, **facts}, arrays
