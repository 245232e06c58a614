# SPDX-License-Identifier: GPL-3.0-or-later
"""The way from the frames of a clip to the frames of the scene."""

import math
from dataclasses import dataclass

import numpy as np

TOLERANCE = 1e-6  # frames


@dataclass(frozen=True)
class Segment:
    """A part of the timeline that shows a clip.

    Scene frame s, start <= s < stop, shows clip frame first + speed * (s - start). The speed is negative if the clip
    runs backwards, and 0 if it stands still. Clip frames are counted from 0.
    """

    start: float
    stop: float
    first: float
    speed: float

    def position(self, scene_frame: float) -> float:
        """Return the position in the clip, in frames.

        The sequencer shows the frame that is nearest to it, and from Blender 5.0 on the one before it.
        """
        return self.first + self.speed * (scene_frame - self.start)

    def clip_range(self) -> tuple[int, int]:
        """Return the lowest and the highest clip frame that is shown."""
        low, high = sorted((self.position(self.start), self.position(math.ceil(self.stop) - 1)))
        return math.floor(low + TOLERANCE), math.ceil(high - TOLERANCE)


@dataclass(frozen=True)
class Keyframes:
    """Where keyframes go in the scene.

    row: (M,) int, row of the performance
    time: (M,) float64, rising, scene frames
    last: (M,) bool, True at the end of a segment, whose value is held until the next one begins
    """

    row: np.ndarray
    time: np.ndarray
    last: np.ndarray

    @property
    def frames(self) -> tuple[int, int]:
        """The first and the last of the scene's frames; times that are computed may be a little before theirs."""
        return math.floor(self.time[0] + TOLERANCE), math.floor(self.time[-1] + TOLERANCE)


def keyframes_by_time(start: float, seconds: np.ndarray, scene_rate: float) -> Keyframes:
    """Return the keyframes of a whole clip that plays at its own speed from scene frame `start` on.

    seconds: (F,) float64, rising, when each of its frames is shown; scene_rate: frames per second
    """
    row = np.arange(len(seconds))
    return Keyframes(row, start + seconds * scene_rate, row == row[-1])


def keyframes_of_segments(segments: tuple[Segment, ...], frame: np.ndarray) -> Keyframes:
    """Return the keyframes of the clip frames that the segments show; frame: (F,), rising, as segments count them.

    Where a segment begins within a long frame, as uneven clips have them, that frame has its keyframe at the beginning.
    """
    rows, times, last = [], [], []
    for segment in sorted(segments, key=lambda segment: segment.start):
        if segment.speed:
            time = segment.start + (frame - segment.first) / segment.speed
        else:
            time = np.where(frame == round(segment.first), segment.start, np.inf)
        shown = np.flatnonzero((time > segment.start - TOLERANCE) & (time < segment.stop - TOLERANCE))
        shown = shown[np.argsort(time[shown])]
        begun = np.flatnonzero(time <= segment.start - TOLERANCE)
        if len(begun) and time[shown[:1]].min(initial=segment.stop) >= segment.start + 1:
            longest = begun[np.argmax(time[begun])]
            shown, time[longest] = np.insert(shown, 0, longest), segment.start
        rows.append(shown)
        times.append(time[shown])
        last.append(np.arange(len(shown)) == len(shown) - 1)
    return Keyframes(np.concatenate(rows), np.concatenate(times), np.concatenate(last))


def shown_frames(keys: Keyframes, frame: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the scene frames from the first keyframe to the last, and the clip frame that each shows, both (S,) int64.

    frame: (F,), the clip frame of each row of the performance
    """
    first, last = keys.frames
    scene = np.arange(first, last + 1)
    before = np.clip(np.searchsorted(keys.time, scene + TOLERANCE) - 1, 0, None)
    after = np.where(keys.last[before], before, np.minimum(before + 1, len(keys.time) - 1))
    length = np.where(after > before, keys.time[after] - keys.time[before], 1)
    part = np.clip((scene - keys.time[before]) / length, 0, 1)
    clip = frame[keys.row[before]] * (1 - part) + frame[keys.row[after]] * part
    return scene, np.floor(clip + 0.5).astype(int)
