# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `merge_texture`: make a merged head's texture again, with other weights of its pictures."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from nets.errors import UsageError
from nets.interface.file_kinds import is_movie
from nets.merge.merging import Adjusting, Compared, Merger, PhotoDone, Weights
from nets.performance.one_head import ClipLooked, HeadClip, one_head
from nets.topology.arkit import NAMES
from nets.topology.captured_head import NO_GAZE
from nets.topology.head import HeadMaker
from nets.worker.merge import messages
from nets.worker.models import GRID, Models
from nets.worker.request import Message, Request, progress

Pictures = list[tuple[str, int | None]]  # path, and frame of a movie


def merge_texture(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `merge_texture` request.

    What the worker still knows of the head's pictures is used; in a new worker they are compared again.
    """
    try:
        pictures = [
            (path, None if frame < 0 else frame)
            for path, frame in zip(request.message["paths"], request.message["frames"], strict=True)
        ]
        weights = dict(zip(pictures, map(float, request.message["weights"]), strict=True))
    except (KeyError, TypeError, ValueError) as error:
        raise UsageError(f"not a request to make a merged texture ({error!r})") from None
    options = {**request.options, "faces": "largest"}
    yield progress(0, 1, "", "load")
    head_maker = models.head_maker(options, options.get("topology", GRID))
    known = models.kept(frozenset(pictures), options)
    if known is None:
        merger = Merger(models.capturer(options), models.bundle(options))
        compared = yield from _compared(merger, pictures, request)
        if compared is None:
            return
        known = models.keep(merger, compared)
    yield progress(0, 1, "", "blend")
    yield {"type": "textures"}, _textures(*known, weights, head_maker)


def _compared(merger: Merger, pictures: Pictures, request: Request) -> Iterator[Message]:
    """Yield progress, and return what the pictures tell, or None if the job is cancelled."""
    photos = [path for path, frame in pictures if frame is None]
    movies = {path: [f for other, f in pictures if other == path] for path, _ in pictures if is_movie(path)}
    clips = [HeadClip([path], chosen=frames) for path, frames in movies.items()]
    for event in one_head(merger, photos, request.options.get("boxes") or {}, request.cancelled, clips):
        if isinstance(event, Compared):
            return event
        if isinstance(event, PhotoDone | Adjusting | ClipLooked):
            yield from (each for each in messages(event) if each[0]["type"] == "progress")
    return None


def _textures(
    merger: Merger, compared: Compared, weights: Weights, head_maker: HeadMaker | None
) -> dict[str, np.ndarray]:
    """Return the head's textures by the names of their parts, as HeadMaker makes them."""
    texture, mask = merger.texture(compared, weights)
    if head_maker is None:
        return {"skin": texture}
    capturer = merger.capturer
    vertices = capturer.layout.sample(capturer.mesh, merger.separation.coarse.shape(compared.found.identity))
    return head_maker.make(vertices, texture, NO_GAZE, np.zeros(len(NAMES), np.float32), mask).textures
