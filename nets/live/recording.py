# SPDX-License-Identifier: GPL-3.0-or-later
"""A take: what a live face did, at an even rate, as a Live Link Face CSV. No picture is part of it."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from nets.interface.even_rate import at_even_rate
from nets.interface.live_link import csv_text, head_angles
from nets.io.files import replace_file
from nets.live.live_tracking import LiveFace
from nets.topology.arkit import NAMES


class LiveTake:
    """The faces of a take, in order of time."""

    def __init__(self):
        self._times: list[float] = []
        self._weights: list[np.ndarray] = []
        self._angles: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self._times)

    def add(self, face: LiveFace) -> None:
        """Add what a picture showed; where it did not show the person, what was before holds on."""
        if face.weights is not None:
            self._times.append(face.time)
            self._weights.append(face.weights)
            self._angles.append(head_angles(face.rotation[None])[0])

    def save(self, path: Path, rate: float) -> None:
        """Write the take at so many frames per second, from its first picture to its last. Raises OutputError."""
        rows = np.concatenate([self._weights, self._angles], 1)
        frames, even = at_even_rate(np.array(self._times), rows, self._times[0], rate)
        weights, angles = even[:, : len(NAMES)], even[:, len(NAMES) :]
        replace_file(path, csv_text(NAMES, weights, rate, angles, frames).encode())
