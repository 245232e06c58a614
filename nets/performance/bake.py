# SPDX-License-Identifier: GPL-3.0-or-later
"""From a clip to its people's performances, as a stream of events; what was tracked before is taken from the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from shutil import rmtree
from time import perf_counter

import cv2
import numpy as np

from nets.capture.capturer import CERTAIN, Capturer
from nets.errors import NoFaceError, UnreadableError, UsageError
from nets.io.clip import Clip, open_clip
from nets.io.clip_frame import ClipFrame
from nets.io.read_ahead import read_ahead
from nets.performance.cache import UNCHECKED, Cache, cache_key
from nets.performance.frame_textures import write_frame_textures
from nets.performance.performance import NOT_SEEN, Performance, solve_arkit, steady_motion
from nets.performance.person import Person, study_person
from nets.performance.tracker import Tracker
from nets.performance.views import merged_texture

PREVIEW_WIDTH = 320
PREVIEW_EVERY, PROGRESS_EVERY = 1 / 3, 0.1  # seconds
FLEETING = 5, 0.02  # frames, and share of the main person's, under which somebody was hardly there
GAPS = ("hold", "interpolate")


@dataclass(frozen=True)
class BakeOptions:
    """people: "main", "all" or the number of one, 0 being seen longest; smoothing in [0, 1]; gaps: one of GAPS;
    textures: a folder for a texture of every frame besides the merged one, in a folder of each person's own."""

    people: str | int = "main"
    smoothing: float = 0.5
    gaps: str = "hold"
    preview: bool = False
    textures: Path | None = None

    def __post_init__(self) -> None:
        if self.people not in ("main", "all") and not (isinstance(self.people, int) and self.people >= 0):
            raise UsageError(f"people is {self.people!r}", remedy="Choose main, all or a number from 0")
        if not 0 <= self.smoothing <= 1 or self.gaps not in GAPS:
            raise UsageError(
                f"smoothing {self.smoothing}, gaps {self.gaps!r}", remedy="Choose 0 to 1, and hold or interpolate"
            )


@dataclass(frozen=True)
class Progress:
    """done of total frames, or of people where the stage is not "track"; rate: frames/s; left_s: seconds left."""

    done: int
    total: int
    stage: str
    rate: float = 0.0
    left_s: float = 0.0


@dataclass(frozen=True)
class Preview:
    """image (h, w, 3) u1 of a clip frame, with landmarks drawn on it."""

    frame: int
    image: np.ndarray


@dataclass(frozen=True)
class Gap:
    """Clip frames, both included, without this person."""

    person: int
    first: int
    last: int
    reason: str


@dataclass(frozen=True)
class Warned:
    message: str


@dataclass(frozen=True)
class Performed:
    person: int
    performance: Performance


Event = Progress | Preview | Gap | Warned | Performed


def bake(
    paths: list[str | Path],
    frames: tuple[int, int | None, int],
    capturer: Capturer,
    model_hash: str,
    options: BakeOptions,
    cache_folder: Path,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """frames: first and last clip frame, both included (None: to the end), and step. Ends early when cancelled.

    Raises NoFaceError, UnreadableError, OutputError.
    """
    first, last, step = frames
    if first < 0 or step < 1 or (last is not None and last < first):
        raise UsageError(
            f"frames {first} to {last} in steps of {step}", remedy="Choose a first frame not after the last"
        )
    clip = open_clip(paths)
    wanted = range(first, (last + 1) if last is not None else 1 << 40, step)
    key = cache_key(clip.files, first, step, model_hash)
    with Cache(Path(cache_folder) / key, {"clip": str(clip.path), "first": first, "step": step}) as cache:
        tracker = Tracker(capturer, clip.rate / step)
        yield from track(clip, wanted, tracker, cache, options.preview, cancelled)
        if not cancelled():
            yield from perform(clip, wanted, tracker, cache, options, cancelled)


def track(
    clip: Clip, wanted: range, tracker: Tracker, cache: Cache, preview: bool, cancelled: Callable[[], bool]
) -> Iterator[Event]:
    """Tracks the wanted frames that the cache does not hold yet."""
    records, start = cache.frames, 0
    for record in records:
        tracker.accept(record, cache.estimates[start : record["end"]])
        start = int(record["end"])
    total = len(range(wanted.start, min(wanted.stop, max(clip.length, wanted.start + 1)), wanted.step))
    done = begun = len(cache)
    started = shown = told = perf_counter()
    yield Progress(min(done, total), total, "track")
    left = wanted[done:] if done < len(wanted) else range(0)
    for frame in read_ahead(clip.frames(left)) if left else ():
        if cancelled():
            return
        record, estimates = tracker.track(frame)
        cache.append(record, estimates)
        done, now = done + 1, perf_counter()
        if now - told > PROGRESS_EVERY:
            told, rate = now, (done - begun) / (now - started)
            yield Progress(done, max(total, done), "track", rate, max(total - done, 0) / rate)
        if preview and frame.picture is not None and now - shown > PREVIEW_EVERY:
            shown = now
            yield Preview(frame.index, overlay(frame, estimates))
    yield Progress(done, max(min(done, total), 1), "track", (done - begun) / max(perf_counter() - started, 1e-6))


def perform(
    clip: Clip, wanted: range, tracker: Tracker, cache: Cache, options: BakeOptions, cancelled: Callable[[], bool]
) -> Iterator[Event]:
    """Performances from the cached records."""
    records = cache.frames[: len(range(wanted.start, min(wanted.stop, 1 << 40), wanted.step))]
    if not len(records):
        raise UnreadableError(f"it ends before frame {wanted.start}", clip.path, "Choose frames that the clip has")
    for message in complaints(clip, wanted, records):
        yield Warned(message)
    frame = np.repeat(np.arange(len(records)), np.diff(records["end"], prepend=0))
    estimates = cache.estimates
    person_of = estimates["person"][: len(frame)]
    people = by_screen_time(person_of, estimates["certainty"][: len(frame)])
    if not people:
        raise NoFaceError("no face was found in any frame", clip.path, "Choose another clip or other frames")
    chosen = {"main": people[:1], "all": people}.get(options.people)
    if chosen is None:
        chosen = people[options.people : options.people + 1]
        if not chosen:
            remedy = f"Choose a number under {len(people)}"
            raise NoFaceError(f"there is no person {options.people} in it", clip.path, remedy)
    for done, number in enumerate(chosen):
        if cancelled():
            return
        yield Progress(done, len(chosen), "solve")
        rows = np.flatnonzero(person_of == number)
        index = people.index(number)
        person = study_person(frame[rows], estimates, rows, tracker.coarse)
        performance = yield from _performance(clip, records, person, tracker, options)
        if options.textures:
            folder = options.textures / str(index)
            for written in write_frame_textures(
                clip, records["frame"], person, tracker.coarse, performance.texture, tracker.capturer, folder
            ):
                if cancelled():
                    rmtree(folder)
                    return
                yield Progress(written, len(rows), "texture")
            performance = replace(performance, textures=str(folder))
        for start, end in performance.gaps():
            yield Gap(index, start, end, gap_reason(records, start, end))
        yield Performed(index, performance)


def _performance(clip: Clip, records: np.ndarray, person: Person, tracker: Tracker, options: BakeOptions):
    capturer, coarse = tracker.capturer, tracker.coarse
    motion = steady_motion(person, records["cut"], options.smoothing, options.gaps)
    solved = solve_arkit(person, motion, coarse, capturer.mesh)
    yield Progress(0, 1, "texture")
    texture, mask = merged_texture(clip, records["frame"], person, coarse, capturer)
    return Performance(
        clip=str(clip.path),
        rate=clip.rate,
        image_size=np.array(clip.size, np.int32),
        frame=records["frame"].copy(),
        time=records["time"].copy(),
        neutral=capturer.layout.sample(capturer.mesh, coarse.shape(person.neutral)).astype(np.float32),
        basis=coarse.at_vertices(person.basis, capturer.mesh),
        error_mm=person.error_mm,
        uv=capturer.mesh.uv,
        quads=capturer.mesh.quads,
        triangles=capturer.mesh.triangles,
        texture=texture,
        texture_mask=mask,
        textures="",
        smoothing=options.smoothing,
        **vars(motion),
        **solved,
    )


def by_screen_time(person_of: np.ndarray, certainty: np.ndarray) -> list[int]:
    """The people in estimates (S,), those seen longest first, without those that were hardly there or are no people."""
    people, counts = np.unique(person_of, return_counts=True)
    if not len(people):
        return []
    people, counts = (array[np.argsort(-counts, kind="stable")] for array in (people, counts))
    least = min(max(FLEETING[0], FLEETING[1] * counts[0]), counts[0])
    checked = certainty != UNCHECKED
    certain = [certainty[checked & (person_of == person)].mean() >= CERTAIN for person in people[1:]]
    return [int(p) for p, count, sure in zip(people, counts, [True, *certain], strict=True) if count >= least and sure]


def complaints(clip: Clip, wanted: range, records: np.ndarray) -> Iterator[str]:
    """What the user should know of the clip."""
    expected = len(range(wanted.start, min(wanted.stop, clip.length), wanted.step))
    if expected - len(records) > max(2, 0.02 * expected):
        yield f"{clip.path}: it ends after {len(records)} of {expected} frames: the file is cut short or damaged"
    time = records["time"] - records["time"][0] - (records["frame"] - records["frame"][0]) / clip.rate
    if np.abs(time).max() > 0.75 / clip.rate:
        yield f"{clip.path}: its frame rate varies: the frames' own times are kept"


def gap_reason(records: np.ndarray, first: int, last: int) -> str:
    within = (records["frame"] >= first) & (records["frame"] <= last)
    return NOT_SEEN if records["readable"][within].any() else "the frames cannot be read"


def overlay(frame: ClipFrame, estimates: np.ndarray) -> np.ndarray:
    """The frame at most PREVIEW_WIDTH wide, with the landmarks of everybody seen."""
    height, width = frame.picture.shape[:2]
    scale = min(1.0, PREVIEW_WIDTH / width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    image = cv2.resize(frame.picture, size, interpolation=cv2.INTER_AREA)
    for estimate in estimates:
        for x, y in (frame.to_picture(estimate["landmarks68"])[:, :2] * scale).tolist():
            cv2.circle(image, (round(x), round(y)), 1, (80, 255, 80), -1)
    return image
