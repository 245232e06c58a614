# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `merge`: make one head of several photos of a person, or of clips in which the head turns."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nets.capture.merged_head import MergedHead
from nets.errors import UsageError
from nets.interface.text import printable
from nets.merge.merging import Adjusting, Compared, Event, Merger, PhotoDone, Warned
from nets.performance.one_head import ClipLooked, FramesChosen, HeadClip, one_head
from nets.topology.captured_head import MergedHeadOnMesh
from nets.topology.head import HeadMaker
from nets.worker.models import GRID, Models
from nets.worker.request import Message, Request, progress


def merge(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `merge` request."""
    options = {**request.options, "faces": "largest"}
    yield progress(0, 1, "", "load")
    head_maker = models.head_maker(options, options.get("topology", GRID))
    merger = Merger(models.capturer(options), models.bundle(options))
    yield from merge_with(merger, request, head_maker, lambda compared: models.keep(merger, compared))


def merge_with(
    merger: Merger,
    request: Request,
    head_maker: HeadMaker | None = None,
    keep: Callable[[Compared], None] = lambda compared: None,
) -> Iterator[Message]:
    """Yield the answers to a `merge` request, once the model is loaded. Raises UsageError if it names no photos.

    head_maker: what puts the merged head on a head model's mesh; None for the capture's own
    keep: gets what is known of the head before it has a texture
    """
    try:
        paths, boxes = list(request.message["paths"]), request.options.get("boxes") or {}
        clips = [_clip(each) for each in request.message.get("clips") or ()]
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"not a request to merge photos ({error!r})") from None
    for event in one_head(merger, paths, boxes, request.cancelled, clips):
        if isinstance(event, Compared):
            keep(event)
        yield from messages(event)
        if head_maker and isinstance(event, MergedHead):
            yield progress(0, 1, "", "mesh")
            merged = MergedHeadOnMesh.of(event, head_maker)
            facts, made = merged.head.message()
            own = {"views": merged.views, "uncertainty": merged.measures["uncertainty_mm"]}
            yield {"type": "model_head", "index": 0, **facts}, made | own


def _clip(message: dict) -> HeadClip:
    """Read one of the request's clips, see nets.interface.protocol. Raises KeyError, TypeError, ValueError."""
    source = message["source"]
    first, last, _ = map(int, message.get("frames") or (0, -1, 1))
    chosen = [int(frame) for frame in message.get("chosen") or ()]
    paths = source["paths"] if "paths" in source else [source["path"]]
    return HeadClip(paths, first, last if last >= 0 else None, chosen or None)


def messages(event: Event | ClipLooked | FramesChosen) -> Iterator[Message]:
    """Yield the messages that tell of an event."""
    match event:
        case ClipLooked():
            yield progress(event.done, event.total, event.path, "choose")
        case FramesChosen():
            yield {"type": "frames", "path": printable(event.path), "frames": event.frames}, {}
        case PhotoDone():
            yield {"type": "input", **event.entry.to_json(), "path": str(event.path)}, {}
            yield progress(event.done, event.total, event.path, "look")
        case Warned():
            yield {"type": "warning", "message": event.message}, {}
        case Adjusting():
            yield progress(round(100 * event.done), 100, "", "adjust")
        case MergedHead():
            yield {"type": "head", "paths": list(event.paths), "summary": event.summary()}, event.arrays()
