# SPDX-License-Identifier: GPL-3.0-or-later
"""What a live face does to the weights of blendshapes and to the head's rotation: rest, strengths, mirror, takes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from ..interface import at_even_rate, live_link
from .coordinates import LOCAL_FROM_CANONICAL
from .gain import GROUPS, group_of

NAMES = tuple(name[0].lower() + name[1:] for name in live_link.WEIGHTS)  # of the blendshapes, in the worker's order
GROUP_OF = [tuple(GROUPS).index(group_of(name)) for name in NAMES]
_OTHER = {"Left": "Right", "Right": "Left"}
MIRRORED = [
    NAMES.index(next((name[: -len(side)] + _OTHER[side] for side in _OTHER if name.endswith(side)), name))
    for name in NAMES
]
UPRIGHT = np.diag([1.0, -1.0, 1.0])  # from image axes, y down, to the viewer's, y up
MIRROR = np.diag([-1.0, 1.0, 1.0])
CLOSE_TO_ONE = 0.95  # a weight at rest above it is taken for this, so that the rest of its range is kept


@dataclass(frozen=True)
class LivePose:
    """What a picture shows of the person.

    time: seconds since the camera was opened; delay: seconds until the worker had the answer
    weights: (52,) float32 in [0, 1], of NAMES
    rotation: (3, 3), proper, from the head's canonical axes into the viewer's: x right, y up, z towards the viewer
    """

    time: float
    delay: float
    weights: np.ndarray
    rotation: np.ndarray

    @staticmethod
    def of(message: Mapping, arrays: Mapping[str, np.ndarray]) -> LivePose | None:
        """Read a `live` message of nets.interface.protocol; None if the person is not seen."""
        if "weights" not in arrays:
            return None
        rotation = UPRIGHT @ arrays["rotation"].astype(np.float64)
        return LivePose(message["time"], message["delay"], arrays["weights"], rotation)

    def mirrored(self) -> LivePose:
        """Return the pose as a mirror shows it."""
        return LivePose(self.time, self.delay, self.weights[MIRRORED], MIRROR @ self.rotation @ MIRROR)


@dataclass
class Rest:
    """What counts as the person's neutral face: the weights (52,) that are 0, and the rotation of a head at rest."""

    weights: np.ndarray = field(default_factory=lambda: np.zeros(len(NAMES), np.float32))
    rotation: np.ndarray = field(default_factory=lambda: np.eye(3))


def acted_weights(pose: LivePose, rest: Rest, gains: Sequence[float], offsets: Sequence[float]) -> np.ndarray:
    """Return the weights (52,) float32 in [0, 1] that a character shows.

    gains, offsets: one for each of GROUPS; an offset is added to what is not 0 already
    """
    level = np.minimum(rest.weights, CLOSE_TO_ONE)
    acted = (pose.weights - level).clip(min=0) / (1 - level)
    gain, offset = np.array(gains)[GROUP_OF], np.array(offsets)[GROUP_OF]
    return (acted * gain + offset).clip(0, 1).astype(np.float32)


def local_turn(pose: LivePose, rest: Rest) -> np.ndarray:
    """Return how the head is turned against its rest, (3, 3), in its mesh's axes: x right, z up, looking along -y."""
    return local_turns(rest.rotation.T @ pose.rotation)


def local_turns(rotations: np.ndarray) -> np.ndarray:
    """Return rotations (..., 3, 3) in canonical axes as rotations in a mesh's: x right, z up, looking along -y."""
    return LOCAL_FROM_CANONICAL @ rotations @ LOCAL_FROM_CANONICAL.T


class LiveTake:
    """What was shown since a moment: rows of values at uneven times."""

    def __init__(self, start: float):
        """start: seconds, the time of the take's first frame."""
        self.start = start
        self._times: list[float] = []
        self._rows: list[np.ndarray] = []

    def __len__(self) -> int:
        return len(self._times)

    def add(self, time: float, row: np.ndarray) -> None:
        """Add a row of values (W,) at a time not before the start."""
        if time >= self.start:
            self._times.append(time)
            self._rows.append(row)

    def resampled(self, rate: float) -> np.ndarray:
        """Return rows (F, W) at so many frames per second from the start. Call it for a take with at least one row."""
        return at_even_rate(np.array(self._times), np.array(self._rows), self.start, rate)[1]
