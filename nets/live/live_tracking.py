# SPDX-License-Identifier: GPL-3.0-or-later
"""One person before a camera: pose, blendshape weights and gaze of each picture as it comes."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from time import monotonic

import numpy as np

from nets.capture.capturer import Capturer
from nets.io.clip_frame import ClipFrame
from nets.live.one_euro import OneEuro
from nets.live.picture_sources import LatestPicture, LivePicture
from nets.performance.motion_reading import load_motion_reading
from nets.performance.smoothing import quaternions_of, rotations_of
from nets.performance.tracker import Tracker
from nets.topology.arkit import EYE_LOOK_COLUMNS, NAMES, look_weights, named_weights

RATE = 30.0  # pictures per second that a camera usually gives
PATIENCE = 3.0  # seconds for which nobody else takes the place of a person who has gone
WAIT = 0.5  # seconds between two looks at whether the user has had enough
# Of the 1€ filters. At rest weights lag by 53 ms and rotations by 40 ms; a blink, at 10 per second, by 7 ms.
WEIGHTS, TURN = (3.0, 2.0), (4.0, 6.0)  # Hz, and Hz per unit or radian a second
HISTORY, LEVEL_EVERY = 600, 15  # pictures from which the level at rest is taken, and pictures until the next


@dataclass(frozen=True)
class LiveFace:
    """What a picture shows of the person.

    time: seconds since the source was opened, when the picture came
    delay: seconds that it took from then until this answer
    weights: (52,) float32 in [0, 1], of nets.topology.arkit.NAMES
    rotation: (3, 3) float32, of nets.geometry.pose
    picture: (H, W, 3) uint8
    people: number of people in the picture, of whom this is the one who was there first; all else is None if it is 0
    """

    time: float
    delay: float
    picture: np.ndarray
    people: int = 0
    confidence: float = 0.0
    weights: np.ndarray | None = None
    rotation: np.ndarray | None = None


class LiveTracker:
    """Follows the person who was before the camera first, and at first the largest of several."""

    def __init__(self, capturer: Capturer):
        self._tracker = Tracker(capturer, RATE, looks_for_more=False)
        self._person: int | None = None
        self._index, self._seen_at = 0, 0.0
        self._reading, self._rest = load_motion_reading(), np.zeros(len(NAMES))
        self._history: deque[tuple[np.ndarray, np.ndarray]] = deque(maxlen=HISTORY)
        self._start_filters()

    def track(self, seen: LivePicture) -> LiveFace:
        """Return what the next picture shows."""
        _, estimates = self._tracker.track(ClipFrame(self._index, seen.time, seen.picture))
        self._index += 1
        if self._person is None and len(estimates):
            self._person = int(estimates["person"][estimates["scale"].argmax()])
            self._history.clear()
        mine = estimates[estimates["person"] == self._person]
        if len(mine):
            self._seen_at = seen.time
        elif seen.time - self._seen_at > PATIENCE:
            self._person = None  # whoever comes next
        if not len(mine):
            self._start_filters()
            return LiveFace(seen.time, monotonic() - seen.came, seen.picture, len(estimates))
        face = mine[0]
        quaternion = self._turn(self._continued(quaternions_of(face["rotation"][None])[0]), seen.time)
        weights = self._weights(self._acted(face), seen.time)
        return LiveFace(
            seen.time,
            monotonic() - seen.came,
            seen.picture,
            len(estimates),
            float(face["confidence"]),
            weights.astype(np.float32),
            rotations_of(quaternion[None] / np.linalg.norm(quaternion))[0].astype(np.float32),
        )

    def _start_filters(self) -> None:
        self._weights, self._turn = OneEuro(*WEIGHTS), OneEuro(*TURN)
        self._last_quaternion = np.array([1.0, 0, 0, 0])

    def _continued(self, quaternion: np.ndarray) -> np.ndarray:
        """Return the quaternion (4,), or its negative, which means the same, whichever is nearer to the last."""
        self._last_quaternion = quaternion if quaternion @ self._last_quaternion >= 0 else -quaternion
        return self._last_quaternion

    def _acted(self, face: np.ndarray) -> np.ndarray:
        """Return the weights (52,) of a record () of FACE_RECORD, above the person's own reading at rest."""
        expression, mean = face["expression"].astype(np.float32)[None], self._tracker.coarse.mean
        if np.isnan(expression).any():  # the network does not tell
            return np.zeros(len(NAMES))
        moved, rest = (values.reshape(-1, 3)[self._reading.texels] for values in (face["offset"], mean))
        reading = self._reading.read(moved[None].astype(np.float32), rest, expression)[0]
        self._history.append((reading, named_weights(expression)[0]))
        if len(self._history) == 1 or self._index % LEVEL_EVERY == 0:
            self._rest = self._reading.at_rest(*map(np.array, zip(*self._history, strict=True)))
        acted = self._reading.above(self._rest, reading)
        acted[EYE_LOOK_COLUMNS] = look_weights(face["gaze"].mean(0)[None, None].repeat(2, 1))[0]
        return acted


def follow(latest: LatestPicture, capturer: Capturer, cancelled: Callable[[], bool]) -> Iterator[LiveFace]:
    """Yield what the newest picture shows, again and again, until there are no more or the user has had enough."""
    tracker = LiveTracker(capturer)
    while not (cancelled() or latest.ended):
        picture = latest.take(WAIT)
        if picture is not None:
            yield tracker.track(picture)
