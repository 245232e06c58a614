# SPDX-License-Identifier: GPL-3.0-or-later
"""What a job of the worker gets and gives: a request of nets.interface.protocol, and the messages that answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

Message = tuple[dict, dict[str, np.ndarray]]  # a message without its job, and its arrays


@dataclass(frozen=True)
class Request:
    """A request's message and its arrays. `cancelled` returns whether the client has cancelled it meanwhile."""

    message: dict
    arrays: dict[str, np.ndarray]
    cancelled: Callable[[], bool]

    @property
    def options(self) -> dict:
        return self.message.get("options") or {}


def progress(done: int, total: int, path: Path | str, stage: str) -> Message:
    """Return a progress message for `done` of `total` files, the next being `path`."""
    return {"type": "progress", "done": done, "total": total, "path": str(path), "stage": stage}, {}
