# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's jobs by the type of their request. A new job is one module and one line here."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from nets.worker.clip_pictures import clip_pictures
from nets.worker.correct import correct
from nets.worker.find import find
from nets.worker.install_face_model import install
from nets.worker.live import cameras, live
from nets.worker.merge import merge
from nets.worker.merge_texture import merge_texture
from nets.worker.models import Models
from nets.worker.passes import passes
from nets.worker.put_on_model import put_on_model
from nets.worker.reconstruct import reconstruct
from nets.worker.render_over import render_over_photo
from nets.worker.request import Message, Request
from nets.worker.self_test import self_test
from nets.worker.swap import swap
from nets.worker.take_part import show_masks, take_part
from nets.worker.track import track
from nets.worker.update_keys import update_keys

# Each job yields the messages that answer its request; it raises CaptureError if it cannot go on.
JOBS: dict[str, Callable[[Request, Models], Iterator[Message]]] = {
    "reconstruct": reconstruct,
    "track": track,
    "clip_pictures": clip_pictures,
    "merge": merge,
    "merge_texture": merge_texture,
    "correct": correct,
    "find": find,
    "passes": passes,
    "render_over": render_over_photo,
    "part_masks": show_masks,
    "take_part": take_part,
    "swap": swap,
    "put_on_model": put_on_model,
    "update_keys": update_keys,
    "install_face_model": install,
    "live": live,
    "cameras": cameras,
    "self_test": self_test,
}
