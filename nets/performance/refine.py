# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracking of a person again around the frames that a user has fixed.

From every tracking keyframe the face is followed to both sides, with the network's own error at the keyframe taken off.
Two keyframes that are near each other meet, and their tracks are blended; else the correction fades, and ends where the
network's track makes it by itself. What the network does not see well, by its expected error, or what is to be ignored,
then follows from the frames before and after: see joining. A new shot ends everything.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from nets.errors import UnreadableError
from nets.io.clip import Clip
from nets.io.clip_frame import ClipFrame
from nets.io.files import make_folder, replace_npz
from nets.io.frame_block import FrameBlocks
from nets.performance.cache import FACE_RECORD, UNCHECKED
from nets.performance.fixes import Fix, Fixes
from nets.performance.joining import Track, join
from nets.performance.seen_shapes import seen_points
from nets.performance.sighting import LEAST, TEXELS, Sighting, Watcher
from nets.performance.tracker import KEEP, Tracker, window_of

VERSION = 1  # raise when the refinement changes
BETWEEN = 48  # frames between two keyframes up to which their corrections are blended over all of them
REACH = 12  # frames over which a correction fades otherwise, and which are tracked again at least
MET = 0.05  # face sizes between the new track and the old one up to which they are the same
MARGIN = 4  # frames of the old track on either side, which the new one joins
OVER = 0.5  # share of a correction that the network's track makes by a jump, from which the correction is over
CLEARER = 3.0  # times smaller than at the keyframe: the network's expected error from which the correction is over


@dataclass(frozen=True)
class Anchor:
    """A tracking keyframe: what the network sees in its frame, and the same with the user's correction."""

    seen: Sighting
    fixed: Sighting


class Refiner:
    """Refines the track of one person.

    records: (F,) of FRAME; old: row of the records -> the person's estimate () of FACE_RECORD
    folder: where refined shots are kept, so that none is refined twice
    """

    def __init__(
        self, clip: Clip, records: np.ndarray, old: dict[int, np.ndarray], tracker: Tracker, fixes: Fixes, folder: Path
    ):
        self._clip, self._records, self._old, self._fixes, self._folder = clip, records, old, fixes, folder
        self._watcher, self._frames = Watcher(tracker, fixes.ignored), FrameBlocks(clip)
        rows = {int(frame): row for row, frame in enumerate(records["frame"])}
        self._keyframes = {rows[fix.frame]: fix for fix in fixes.keyframes if fix.frame in rows}

    def refine(self, cancelled: Callable[[], bool]) -> Iterator[tuple[int, int, dict[int, np.ndarray]]]:
        """Yield how many of how many shots are done, and the rows with new estimates () of FACE_RECORD of the last."""
        shots = [shot for shot in self._shots() if self._keyframes.keys() & set(shot) or self._covered(shot)]
        yield 0, len(shots), {}
        for done, shot in enumerate(shots, 1):
            if cancelled():
                return
            path = self._folder / f"{self._key(shot)}.npz"
            if path.is_file():
                with np.load(path, allow_pickle=False) as kept:
                    refined = dict(zip(kept["rows"].tolist(), kept["estimates"], strict=True))
            else:
                refined = self._refine(shot)
                make_folder(self._folder)
                estimates = np.array(list(refined.values()), FACE_RECORD)
                replace_npz(path, {"rows": np.array(list(refined), int), "estimates": estimates})
            yield done, len(shots), refined

    def _shots(self) -> list[range]:
        """Return the rows of each shot."""
        starts = [0, *(np.flatnonzero(self._records["cut"][1:]) + 1).tolist(), len(self._records)]
        return [range(*pair) for pair in pairwise(starts)]

    def _covered(self, shot: range) -> list[int]:
        """Return the rows of a shot in which something that is to be ignored covers the face."""
        found = []
        for each in self._fixes.ignored:
            frames = self._records["frame"]
            rows = np.flatnonzero((frames >= each.first) & (frames <= each.last))
            found += [row for row in rows.tolist() if row in shot and row in self._old]
        return [row for row in sorted(set(found)) if (self._old_sighting(row).trust == LEAST).any()]

    def _key(self, shot: range) -> str:
        """Return a name for the refinement of a shot by all that it depends on."""
        entry = Fixes(tuple(fix for row, fix in self._keyframes.items() if row in shot), self._fixes.ignored).entry()
        known = [[row, self._old[row]["crop"].tolist()] for row in shot if row in self._old]
        return hashlib.sha256(json.dumps([VERSION, shot.start, shot.stop, entry, known]).encode()).hexdigest()[:24]

    def _refine(self, shot: range) -> dict[int, np.ndarray]:
        """Return the new estimates of a shot."""
        anchors = {row: self._anchor(row, fix, shot) for row, fix in self._keyframes.items() if row in shot}
        sightings: dict[int, list[tuple[float, Sighting]]] = defaultdict(list)  # row -> weight, what a side sees
        rows = sorted(anchors)
        for before, row, after in zip([None, *rows], rows, [*rows[1:], None], strict=False):
            sightings[row] = [(1.0, anchors[row].fixed)]
            self._follow(row, after, shot, anchors, sightings)
            self._follow(row, before, shot, anchors, sightings, back=True)
        for row in self._covered(shot):
            if row not in sightings:
                frame = self._frame(row)
                sightings[row] = [(1.0, self._watcher.look(frame, window_of(self._old[row])))]
        refined = {}
        for run in _runs(sightings, MARGIN):
            known = [row for row in run if row in shot and (row in sightings or row in self._old)]
            track = [_blended(sightings[row]) if row in sightings else self._old_sighting(row) for row in known]
            joined = join(track, np.array(known), self._watcher)
            refined.update({row: self._estimate(joined, k) for k, row in enumerate(known) if row in sightings})
        return refined

    def _anchor(self, row: int, fix: Fix, shot: range) -> Anchor:
        near = self._old_sighting(min(self._old, key=lambda other: abs(other - row)))
        frame = self._frame(row)
        if frame.picture is None:
            raise UnreadableError(f"frame {frame.index} cannot be read", self._clip.path, "Remove its keyframe")
        return Anchor(*self._watcher.look_again(frame, fix, near, lambda: self._clear_near(row, shot) or near))

    def _clear_near(self, row: int, shot: range) -> Sighting | None:
        """Return what is seen in the nearest of some frames that shows the person clearly; None without one."""
        rows = [row + side * 2**power for power in range(8) for side in (-1, 1)]
        for other in rows:
            if other in shot and other in self._old and (frame := self._frame(other)).picture is not None:
                sighting = self._watcher.look(frame, window_of(self._old[other]))
                if sighting.is_clear and not self._watcher.hidden(frame.index, sighting.points).any():
                    return sighting
        return None

    def _follow(
        self,
        row: int,
        other: int | None,
        shot: range,
        anchors: dict[int, Anchor],
        sightings: dict[int, list[tuple[float, Sighting]]],
        back: bool = False,
    ) -> None:
        """Follow the face from a keyframe to one side, as far as its correction reaches, and add what is seen.

        other: the row of the next keyframe on that side; None without one
        """
        watcher, anchor, step = self._watcher, anchors[row], -1 if back else 1
        end = other if other is not None else (shot.start - 1 if back else shot.stop)
        meets = other is not None and abs(other - row) <= BETWEEN
        reach = abs(end - row) if meets else REACH
        error = anchor.fixed.points - anchor.seen.points
        pose = watcher.pose_of(anchor.fixed)
        correction = error @ pose.rotation / pose.scale  # in the head's own space
        error = error[TEXELS:, :2]
        window = watcher.next_window(anchor.fixed)
        before, is_over = anchor.seen, False
        for here in range(row + step, end, step):
            frame = self._frame(here)
            if frame.picture is None:
                continue
            near = max(1 - abs(here - row) / reach, 0.0)
            seen = watcher.look(frame, window)
            if not meets and here not in self._old and seen.confidence < KEEP:
                return  # the face is gone, as it was before
            is_over |= CLEARER * seen.error < anchor.seen.error
            is_over |= ((seen.landmarks - before.landmarks)[:, :2] * error).sum() > OVER * (error**2).sum() > 0
            pose = watcher.pose_of(seen)
            strength = 0.0 if is_over else 1.0 if meets else near
            fixed = seen.moved(strength * pose.scale * correction @ pose.rotation.T)
            sightings[here].append((near if meets else 1.0, fixed))
            if seen.confidence >= KEEP:
                window = watcher.next_window(fixed)
            before = seen
            if not meets and abs(here - row) >= REACH and self._is_met(here, fixed):
                return

    def _is_met(self, row: int, sighting: Sighting) -> bool:
        """Return whether the old track has the face in the same place."""
        if row not in self._old:
            return False
        apart = np.linalg.norm((self._old[row]["landmarks68"] - sighting.landmarks)[:, :2], axis=1).mean()
        return apart < MET * sighting.size

    def _frame(self, row: int) -> ClipFrame:
        return self._frames.frame(int(self._records["frame"][row]))

    def _old_sighting(self, row: int) -> Sighting:
        estimate = self._old[row]
        texels = seen_points(estimate, self._watcher.coarse)
        points = np.concatenate([texels, estimate["landmarks68"]]).astype(np.float64)
        hidden = self._watcher.hidden(int(self._records["frame"][row]), points)
        predicted = (estimate[name].astype(np.float32) for name in ("expression", "gaze"))
        trust = np.where(hidden, LEAST, 1.0)
        return Sighting(points, trust, 0.0, window_of(estimate), float(estimate["confidence"]), *predicted)

    def _estimate(self, track: Track, k: int) -> np.ndarray:
        """Return the k-th frame of a track as an estimate () of FACE_RECORD."""
        estimate = np.zeros((), FACE_RECORD)
        window = track.windows[k]
        estimate["crop"] = window.x, window.y, window.side, window.roll
        estimate["certainty"], estimate["confidence"] = UNCHECKED, track.confidence[k]
        for name in ("rotation", "scale", "translation", "offset", "expression", "gaze", "landmarks68"):
            estimate[name] = getattr(track, name)[k]
        return estimate


def _blended(sides: list[tuple[float, Sighting]]) -> Sighting:
    """Return what both sides see of a frame as one, by their weights and what can be trusted."""
    if len(sides) == 1:
        return sides[0][1]
    weights = np.array([max(weight, 1e-3) for weight, _ in sides])
    return Sighting.mean([sighting for _, sighting in sides], weights / weights.sum())


def _runs(rows, margin: int) -> list[range]:
    """Return runs of consecutive rows, each with a margin, as ranges that do not touch."""
    runs: list[list[int]] = []
    for row in sorted(rows):
        if runs and row - margin <= runs[-1][1] + margin:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return [range(first - margin, last + margin + 1) for first, last in runs]
