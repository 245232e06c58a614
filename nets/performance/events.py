# SPDX-License-Identifier: GPL-3.0-or-later
"""What a user may choose of a bake, and the events that it is a stream of."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.capture.warned import Warned
from nets.errors import UsageError
from nets.performance.fixes import Fixes
from nets.performance.performance import Performance
from nets.performance.smoothing import Strengths

GAPS = ("hold", "interpolate")


@dataclass(frozen=True)
class BakeOptions:
    """What a user may choose. Raises UsageError.

    people: "main", "all" or the number of one person, 0 being the one seen longest
    smoothing: in [0, 1]; one for all, or for position, depth, rotation and expression each
    gaps: one of GAPS
    preview: whether to yield Preview events
    textures: a folder for a texture of every frame, in a subfolder for each person; None for the merged texture only
    textures_up_to: frames of a clip that is longer has the merged texture only; None for no limit
    fixes: corrections by the number of the person, which take the place of those that are kept with the clip
    """

    people: str | int = "main"
    smoothing: float | Strengths = 0.5
    gaps: str = "hold"
    preview: bool = False
    textures: Path | None = None
    textures_up_to: int | None = None
    fixes: Mapping[int, Fixes] | None = None

    @property
    def strengths(self) -> Strengths:
        return self.smoothing if isinstance(self.smoothing, Strengths) else Strengths.all(self.smoothing)

    def textures_of(self, frames: int) -> Path | None:
        """Return the folder for the textures of a clip of so many frames, None if it has the merged one only."""
        is_short = self.textures_up_to is None or frames <= self.textures_up_to
        return self.textures if is_short else None

    def __post_init__(self) -> None:
        if self.people not in ("main", "all") and not (isinstance(self.people, int) and self.people >= 0):
            raise UsageError(f"people is {self.people!r}", remedy="Choose main, all or a number from 0")
        if not all(0 <= each <= 1 for each in vars(self.strengths).values()) or self.gaps not in GAPS:
            raise UsageError(
                f"smoothing {self.smoothing}, gaps {self.gaps!r}", remedy="Choose 0 to 1, and hold or interpolate"
            )


@dataclass(frozen=True)
class BakeProgress:
    """done of total frames, or of people if the stage is not "track"; rate: frames/s; left_s: seconds left."""

    done: int
    total: int
    stage: str
    rate: float = 0.0
    left_s: float = 0.0


@dataclass(frozen=True)
class Preview:
    """image: (h, w, 3) uint8, a frame of the clip with landmarks drawn on it."""

    frame: int
    image: np.ndarray


@dataclass(frozen=True)
class Gap:
    """Frames of the clip, first and last included, without this person."""

    person: int
    first: int
    last: int
    reason: str


@dataclass(frozen=True)
class Performed:
    """A person's performance is ready."""

    person: int
    performance: Performance


Event = BakeProgress | Preview | Gap | Warned | Performed
