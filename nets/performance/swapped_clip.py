# SPDX-License-Identifier: GPL-3.0-or-later
"""Faces of other people on the people of a clip."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path

import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.face_swap import FaceSwap
from nets.errors import UsageError
from nets.io.pictures import read_pictures
from nets.performance.bake import BakeOptions, Event, Performed, bake
from nets.performance.edited_clip import head_in_frame, in_view_of_frame, vertex_uv
from nets.performance.performance import Performance


def performances_of(
    paths: list[str | Path],
    frames: tuple[int, int | None, int],
    people: set[int],
    capturer: Capturer,
    model_hash: str,
    cache: Path,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Yield the events of a bake, see nets.performance.bake.bake, with Performed for the wanted people only.

    people: numbers of people, 0 is seen longest. Raises UsageError if one of them is not in the clip.
    """
    missing = set(people)
    for event in bake(paths, frames, capturer, model_hash, BakeOptions(people="all"), cache, cancelled):
        if not isinstance(event, Performed) or event.person in people:
            yield event
        if isinstance(event, Performed):
            missing.discard(event.person)
    if missing and not cancelled():
        raise UsageError(f"there is no person {min(missing)} in the clip", paths[0], "People are numbered from 0")


def swapped_frames(
    paths: list[str | Path],
    frames: tuple[int, int | None, int],
    performances: Mapping[int, Performance],
    swaps: Mapping[int, FaceSwap],
    capturer: Capturer,
) -> Iterator[tuple[int, np.ndarray]]:
    """Yield the number and the picture (H, W, 3) uint8 of each frame, with another face on each person of `swaps`.

    A frame without a person's face stays as it was.
    """
    first, last, step = frames
    wanted = range(first, 1 << 40 if last is None else last + 1, step)
    rows = {person: _tracked_rows(performance) for person, performance in performances.items()}
    for index, picture in enumerate(read_pictures(list(map(Path, paths)))):
        if index >= wanted.stop:
            return
        if index not in wanted:
            continue
        if picture.error:
            raise picture.error
        photo = picture.photo
        for person, swap in swaps.items():
            if (row := rows[person].get(index)) is None:
                continue
            head = head_in_frame(performances[person].arrays(), row)
            in_view = in_view_of_frame(photo, head, capturer)
            if in_view is not None:
                photo = swap(photo, head.mesh, vertex_uv(head), in_view)
        yield index, photo


def played_evenly(frames: Iterable[tuple[int, np.ndarray]], times: np.ndarray, rate: float) -> Iterator[np.ndarray]:
    """Yield the pictures of a clip's numbered frames at an even rate, each as often as its time in the clip asks for.

    times: (F,), when the clip shows its frames, seconds
    """
    shown = 0
    for number, picture in frames:
        end = round((times[number + 1] - times[0]) * rate) if number + 1 < len(times) else shown + 1
        for _ in range(shown, end):
            yield picture
        shown = max(shown, end)


def _tracked_rows(performance: Performance) -> dict[int, int]:
    return {int(frame): row for row, frame in enumerate(performance.frame) if performance.tracked[row]}
