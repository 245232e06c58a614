# SPDX-License-Identifier: GPL-3.0-or-later
"""Tracking of a person again around the frames that a user has fixed.

From every tracking keyframe the face is followed to both sides, with the network's own error at the keyframe taken off.
Two keyframes that are near each other meet, and their tracks are blended; else the correction fades, and ends where the
network's track makes it by itself. Where something is to be ignored, the face is followed into those frames from both
sides, with what hides it painted over. What the network does not see well, by its expected error, or what is to be
ignored, then follows from the frames before and after: see joining. A new shot ends everything.
"""

from __future__ import annotations

import hashlib
import json
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
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
from nets.performance.crop_window import CropWindow
from nets.performance.fixes import Fix, Fixes
from nets.performance.ignored import IgnoredPictures, MaskedClip, Masks
from nets.performance.joining import Track, join
from nets.performance.seen_shapes import seen_points
from nets.performance.sighting import TEXELS, Sighting, Watcher
from nets.performance.tracker import KEEP, Tracker, window_of

VERSION = 4  # raise when the refinement changes
BETWEEN = 48  # frames between two keyframes up to which their corrections are blended over all of them
REACH = 12  # frames over which a correction fades otherwise, and which are tracked again at least
MET = 0.05  # face sizes between the new track and the old one up to which they are the same
MARGIN = 4  # frames of the old track on either side, which the new one joins
OVER = 0.4  # share of a correction that the network's track makes by a jump, from which the correction is over
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
        self._watcher, self._tracker, self._masks = Watcher(tracker), tracker, Masks(fixes.ignored, clip.size)
        self._frames = FrameBlocks(MaskedClip(clip, self._masks))
        rows = {int(frame): row for row, frame in enumerate(records["frame"])}
        self._keyframes = {rows[fix.frame]: fix for fix in fixes.keyframes if fix.frame in rows}

    def refine(self, cancelled: Callable[[], bool]) -> Iterator[tuple[int, int, dict[int, np.ndarray]]]:
        """Yield how many of how many shots are done, and the rows with new estimates () of FACE_RECORD of the last."""
        covered = {shot: self._covered(shot) for shot in self._shots()}
        shots = [shot for shot, runs in covered.items() if runs or self._keyframes.keys() & set(shot)]
        yield 0, len(shots), {}
        for done, shot in enumerate(shots, 1):
            if cancelled():
                return
            path = self._folder / f"{self._key(shot)}.npz"
            if path.is_file():
                with np.load(path, allow_pickle=False) as kept:
                    refined = dict(zip(kept["rows"].tolist(), kept["estimates"], strict=True))
            else:
                refined = self._refine(shot, covered[shot])
                make_folder(self._folder)
                estimates = np.array(list(refined.values()), FACE_RECORD)
                replace_npz(path, {"rows": np.array(list(refined), int), "estimates": estimates})
            yield done, len(shots), refined

    def _shots(self) -> list[range]:
        """Return the rows of each shot."""
        starts = [0, *(np.flatnonzero(self._records["cut"][1:]) + 1).tolist(), len(self._records)]
        return [range(*pair) for pair in pairwise(starts)]

    def _covered(self, shot: range) -> list[range]:
        """Return the runs of rows of a shot in which something that is to be ignored lies where the face is."""
        known, rows = np.array([row for row in shot if row in self._old], int), np.array(shot)
        frames = self._records["frame"][rows]
        wanted = np.zeros(len(rows), bool)
        for each in self._fixes.ignored:
            wanted |= (frames >= each.first) & (frames <= each.last)
        if not len(known) or not wanted.any():
            return []
        after = np.searchsorted(known, rows).clip(0, len(known) - 1)
        before = (after - 1).clip(0)
        near = np.where(rows - known[before] < np.abs(known[after] - rows), known[before], known[after])
        places = zip(rows[wanted].tolist(), frames[wanted].tolist(), near[wanted].tolist(), strict=True)
        touched = (
            row
            for row, frame, other in places
            if abs(other - row) <= BETWEEN and self._masks.touches(frame, window_of(self._old[other]))
        )
        return _runs(touched, 0)

    def _key(self, shot: range) -> str:
        """Return a name for the refinement of a shot by all that it depends on."""
        first, last = self._records["frame"][[shot.start, shot.stop - 1]]
        ignored = tuple(each for each in self._fixes.ignored if each.first <= last and each.last >= first)
        entry = Fixes(tuple(fix for row, fix in self._keyframes.items() if row in shot), ignored).entry()
        pictures = [each.state() for each in ignored if isinstance(each, IgnoredPictures)]
        known = [[row, self._old[row]["crop"].tolist()] for row in shot if row in self._old]
        return hashlib.sha256(
            json.dumps([VERSION, shot.start, shot.stop, entry, pictures, known]).encode()
        ).hexdigest()[:24]

    def _refine(self, shot: range, covered: list[range]) -> dict[int, np.ndarray]:
        """Return the new estimates of a shot. covered: see _covered."""
        anchors = {row: self._anchor(row, fix, shot) for row, fix in self._keyframes.items() if row in shot}
        sightings: dict[int, list[tuple[float, Sighting]]] = defaultdict(list)  # row -> weight, what a side sees
        rows = sorted(anchors)
        for before, row, after in zip([None, *rows], rows, [*rows[1:], None], strict=False):
            sightings[row] = [(1.0, anchors[row].fixed)]
            self._follow(row, after, shot, anchors, sightings)
            self._follow(row, before, shot, anchors, sightings, back=True)
        for run in covered:
            self._look_past(run, shot, sightings)
        refined = {}
        for run in _runs(sightings, MARGIN):
            known = [row for row in run if row in shot and (row in sightings or row in self._old)]
            track = [_blended(sightings[row]) if row in sightings else self._old_sighting(row) for row in known]
            joined = join(track, np.array(known), self._watcher)
            refined.update({row: self._estimate(joined, k, row) for k, row in enumerate(known) if row in sightings})
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
                if sighting.is_clear and not frame.hides(sighting.points).any():
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

    def _look_past(self, run: range, shot: range, sightings: dict[int, list[tuple[float, Sighting]]]) -> None:
        """Add what is seen in a run of rows in which something is to be ignored, from both of its ends to its middle.

        What hides the face may have drawn the old track with it, so that its windows count only without any other.
        """
        before, after = (row if row in shot and row in self._old else None for row in (run.start - 1, run.stop))
        if before is None and after is None:
            before = next(row for row in self._old if row >= run.start)
            run = range(before, run.stop)
        middle = run.stop if after is None else run.start if before is None else (run.start + run.stop) // 2
        for start, rows in ((before, range(run.start, middle)), (after, range(run.stop - 1, middle - 1, -1))):
            if rows:
                self._follow_past(self._watcher.next_window(self._old_sighting(start)), rows, sightings)

    def _follow_past(
        self, window: CropWindow, rows: Iterable[int], sightings: dict[int, list[tuple[float, Sighting]]]
    ) -> None:
        for row in rows:
            frame = self._frame(row)
            if frame.picture is None:
                continue
            seen = self._watcher.look(frame, window)
            is_there = seen.confidence >= KEEP
            if is_there:
                window = self._watcher.next_window(seen)
            if row not in sightings and (is_there or row in self._old):
                sightings[row] = [(1.0, seen)]

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
        predicted = (estimate[name].astype(np.float32) for name in ("expression", "gaze"))
        return Sighting(
            points, np.ones(len(points)), 0.0, window_of(estimate), float(estimate["confidence"]), *predicted
        )

    def _estimate(self, track: Track, k: int, row: int) -> np.ndarray:
        """Return the k-th frame of a track, which is that of a row, as an estimate () of FACE_RECORD."""
        estimate = np.zeros((), FACE_RECORD)
        window = track.windows[k]
        estimate["crop"] = window.x, window.y, window.side, window.roll
        estimate["certainty"], estimate["confidence"] = UNCHECKED, track.confidence[k]
        for name in ("rotation", "scale", "translation", "offset", "expression", "gaze", "landmarks68"):
            estimate[name] = getattr(track, name)[k]
        self._tracker.keep_views(self._frame(row), estimate[None])
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
        if runs and row - margin <= runs[-1][1] + margin + 1:
            runs[-1][1] = row
        else:
            runs.append([row, row])
    return [range(first - margin, last + margin + 1) for first, last in runs]
