# SPDX-License-Identifier: GPL-3.0-or-later
"""Parts of one head's texture for another, and the masks of these parts."""

from collections.abc import Callable

import numpy as np

from ..worker import WorkerError
from .job import Outcome, Screen, Send, WorkerJob, describe, failed, progress_of


class TexturesJob(WorkerJob):
    """Has the worker make textures or masks, and gives them to the scene.

    request: a part_masks, take_part or merge_texture request; arrays: its arrays
    give: takes the arrays that come back, by name, and returns what to tell the user
    """

    def __init__(
        self,
        send: Send,
        request: dict,
        arrays: dict[str, np.ndarray],
        give: Callable[[dict[str, np.ndarray]], str],
        screen: Screen,
    ):
        super().__init__(send, request, arrays)
        self._give, self._screen, self._told = give, screen, ""

    def take(self, message: dict, arrays: dict) -> None:
        if message["type"] == "progress":
            self._screen.show(describe(self._screen.translate, message), progress_of(message))
        elif message["type"] in ("masks", "textures"):
            self._told = self._give(arrays)

    def conclude(self, error: WorkerError | None) -> Outcome:
        if error:
            return failed(error)
        return Outcome("INFO", self._screen.translate(self._told), bool(self._told))
