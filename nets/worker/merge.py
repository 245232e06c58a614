# SPDX-License-Identifier: GPL-3.0-or-later
"""A merge as messages to the worker's client, see nets.interface.protocol."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import numpy as np

from nets.capture.merged_head import MergedHead
from nets.errors import UsageError
from nets.merge.merging import Event, Merger, PhotoDone, Warned

Message = tuple[dict, dict[str, np.ndarray]]


def merge_job(request: dict, merger: Merger, cancelled: Callable[[], bool]) -> Iterator[Message]:
    """The answers to a `merge` request, each a message without its job, and its arrays."""
    try:
        paths, boxes = list(request["paths"]), (request.get("options") or {}).get("boxes") or {}
    except (KeyError, TypeError) as error:
        raise UsageError(f"not a request to merge photos ({error!r})") from None
    for event in merger.merge(paths, boxes, cancelled):
        yield from messages_of(event)


def messages_of(event: Event) -> Iterator[Message]:
    match event:
        case PhotoDone():
            yield {"type": "input", **event.entry.to_json(), "path": str(event.path)}, {}
            facts = {"done": event.done, "total": event.total, "path": str(event.path), "stage": "look"}
            yield {"type": "progress", **facts}, {}
        case Warned():
            yield {"type": "warning", "message": event.message}, {}
        case MergedHead():
            yield {"type": "head", "paths": list(event.paths)}, event.arrays()
