# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `install_face_model`: download the ICT face model's files and make its array file of them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nets.topology.download import UPSTREAM, install_face_model
from nets.worker.models import Models
from nets.worker.request import Message, Request, progress


def install(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to an `install_face_model` request."""
    source, folder = request.message.get("source") or UPSTREAM, Path(request.message["folder"])
    for done, total, name in install_face_model(source, folder):
        if request.cancelled():
            return
        yield progress(done, total, name, "install")
    models.forget_head_makers()
