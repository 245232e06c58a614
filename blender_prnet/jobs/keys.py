# SPDX-License-Identifier: GPL-3.0-or-later
"""Makes the blendshapes of heads that were changed after their capture."""

from collections.abc import Callable

import numpy as np

from ..worker import WorkerError
from .job import Outcome, Screen, Send, WorkerJob, failed


class UpdateKeysJob(WorkerJob):
    """Sends a head at rest to the worker, and gives it the blendshapes that come back.

    options: model and topology, as of an update_keys request
    vertices: (V, 3) float32, canonical millimetres
    give: gives the head its blendshapes, names and offsets (B, V, 3), and returns how many keys it has of them
    """

    def __init__(
        self,
        send: Send,
        options: dict,
        vertices: np.ndarray,
        give: Callable[[tuple[str, ...], np.ndarray], int],
        screen: Screen,
    ):
        super().__init__(send, {"type": "update_keys", "options": options}, {"vertices": vertices})
        self._give, self._screen, self._count = give, screen, 0

    def take(self, message: dict, arrays: dict) -> None:
        if message["type"] == "head_keys":
            self._count = self._give(tuple(message["shapes"]), arrays["offsets"].astype(np.float32))

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            return failed(error)
        return Outcome("INFO", self._screen.translate("{} keys updated").format(self._count), self._count > 0)
