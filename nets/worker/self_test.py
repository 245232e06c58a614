# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `self_test`: measure how fast the network is on this computer's CPU and GPU."""

from __future__ import annotations

from collections.abc import Iterator

from nets.model.speed import measure_speeds
from nets.worker.models import Models
from nets.worker.request import Message, Request


def self_test(request: Request, models: Models) -> Iterator[Message]:
    """Yield a `speed` message per device: its name, and engine and ms (median, of the network, per face), or error."""
    for speed in measure_speeds(models.bundle(request.options)):
        facts = {"error": speed.error} if speed.error else {"engine": speed.engine, "ms": speed.ms}
        yield {"type": "speed", "device": speed.device, **facts}, {}
