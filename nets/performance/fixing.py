# SPDX-License-Identifier: GPL-3.0-or-later
"""A person's track with what a user has fixed of it, and what is doubtful about the fixes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import numpy as np

from nets.capture.warned import Warned
from nets.geometry.coarse_map import CoarseShape
from nets.geometry.crop import landmark_box
from nets.io.clip import Clip
from nets.performance.cache import FACE_RECORD
from nets.performance.events import BakeProgress
from nets.performance.fixes import Fix, Fixes, moved_landmarks
from nets.performance.refine import BETWEEN, Refiner
from nets.performance.seen_shapes import seen_points
from nets.performance.tracker import Tracker

FASTEST = 0.5  # face sizes that a head moves, or the factor by which it grows, from one frame to the next at most
SAME = 0.35  # face sizes between a fix and another person's face from which it may be theirs


def fixed_track(
    clip: Clip,
    records: np.ndarray,
    frame: np.ndarray,
    estimates: np.ndarray,
    rows: np.ndarray,
    tracker: Tracker,
    fixes: Fixes,
    folder: Path,
    cancelled: Callable[[], bool],
) -> Iterator[BakeProgress | Warned]:
    """Yield progress and warnings, and return the person's frames and estimates (F,) of FACE_RECORD, a memory map.

    frame: (S,), the row of the records that each of the clip's estimates (S,) belongs to; rows: those of the person
    folder: of the clip's records; what was refined is kept there
    """
    old = {int(frame[row]): estimates[row] for row in rows}
    others = [(int(frame[row]), estimates[row]) for row in np.setdiff1d(np.arange(len(frame)), rows)]
    for message in doubts(fixes, records, old, others, tracker.coarse):
        yield Warned(f"{clip.path}: {message}")
    new = dict(old)
    for done, total, refined in Refiner(clip, records, old, tracker, fixes, folder / "refined").refine(cancelled):
        new.update(refined)
        yield BakeProgress(done, max(total, 1), "refine")
    person = int(estimates[rows[0]]["person"])
    kept = np.memmap(folder / f"fixed_{person}.bin", FACE_RECORD, "w+", shape=(len(new),))
    for place, row in enumerate(sorted(new)):
        kept[place] = new[row]
        kept[place]["person"] = person
    return np.array(sorted(new)), kept


def doubts(
    fixes: Fixes,
    records: np.ndarray,
    old: dict[int, np.ndarray],
    others: list[tuple[int, np.ndarray]],
    coarse: CoarseShape,
) -> Iterator[str]:
    """Yield what a user should look at again, in words.

    old, others: row of the records and estimate of the person, and of everyone else
    """
    rows = {int(number): row for row, number in enumerate(records["frame"])}
    places: list[tuple[Fix, int, np.ndarray]] = []
    for fix in fixes.keyframes:
        row = rows.get(fix.frame)
        if row is None:
            yield f"frame {fix.frame} has a tracking keyframe, but is not among the frames that are baked"
            continue
        near = min(old, key=lambda other, row=row: abs(other - row))
        landmarks = old[near]["landmarks68"]
        pinned = np.concatenate([seen_points(old[near], coarse), landmarks])[fix.rows]
        box = landmark_box(moved_landmarks(landmarks, fix, pinned)).astype(np.float64)
        places.append((fix, row, box))
        for there, estimate in others:
            other = landmark_box(estimate["landmarks68"]).astype(np.float64)
            if there == row and _apart(box, other) < SAME and row in old:
                own = landmark_box(old[row]["landmarks68"]).astype(np.float64)
                if _apart(box, other) < _apart(box, own):
                    yield f"the tracking keyframe of frame {fix.frame} is nearer to another person's face"
    for (fix, row, box), (after, later, other) in pairwise(places):
        cuts = np.flatnonzero(records["cut"][row + 1 : later + 1])
        if len(cuts):
            cut = int(records["frame"][row + 1 + cuts[0]])
            if later - row <= BETWEEN:
                yield (
                    f"a new shot begins at frame {cut}, between the tracking keyframes of frames {fix.frame} and "
                    f"{after.frame}: the frames of each shot follow its own"
                )
        elif _apart(box, other) > FASTEST * (later - row) or _grown(box, other) > FASTEST * (later - row):
            yield (
                f"the tracking keyframes of frames {fix.frame} and {after.frame} contradict each other: no head moves "
                "so far in that time. Look at both again"
            )


def _apart(box: np.ndarray, other: np.ndarray) -> float:
    """Return the distance of two boxes (4,) in sizes of the smaller one."""
    middles = (box[:2] + box[2:] - other[:2] - other[2:]) / 2
    return float(np.hypot(*middles) / min(_size(box), _size(other)))


def _grown(box: np.ndarray, other: np.ndarray) -> float:
    """Return the logarithm of the factor between the sizes of two boxes (4,), at least 0."""
    return float(abs(np.log(_size(box) / _size(other))))


def _size(box: np.ndarray) -> float:
    return float(np.sqrt(np.maximum(box[2:] - box[:2], 1).prod()))
