# SPDX-License-Identifier: GPL-3.0-or-later
"""From a clip to its people's performances, as a stream of events. Frames tracked before come from the cache."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from shutil import rmtree
from time import perf_counter

import cv2
import numpy as np

from nets.capture.capturer import Capturer
from nets.capture.detection_thresholds import THRESHOLDS
from nets.capture.lens import PhotoCamera
from nets.capture.warned import Warned
from nets.errors import NoFaceError, UnreadableError, UsageError
from nets.interface.file_kinds import is_movie
from nets.interface.perspective import camera_array
from nets.io.clip import Clip, open_clip
from nets.io.clip_frame import ClipFrame
from nets.io.photo import focal_of
from nets.io.read_ahead import read_ahead
from nets.performance.cache import UNCHECKED, Cache, cache_key
from nets.performance.events import BakeOptions, BakeProgress, Event, Gap, Performed, Preview
from nets.performance.fixes import Fixes, keep_fixes, load_fixes
from nets.performance.fixing import fixed_track
from nets.performance.frame_textures import write_frame_textures
from nets.performance.ignored import MaskedClip, Masks
from nets.performance.performance import NOT_SEEN, Performance, smooth_motion, solve_arkit
from nets.performance.person import TrackedPerson, confident_rows, fit_person
from nets.performance.picture_comparison import read_pictures
from nets.performance.seen_shapes import sample_texels, seen_points
from nets.performance.tracker import Tracker
from nets.performance.views import merged_texture

PREVIEW_WIDTH = 320
PREVIEW_EVERY, PROGRESS_EVERY = 1 / 3, 0.1  # seconds
LENS_FRAMES = 15  # at most, from which the lens of a clip is estimated
MIN_FRAMES = 5, 0.02  # frames, and share of the main person's frames, from which a person counts


def bake(
    paths: list[str | Path],
    frames: tuple[int, int | None, int],
    capturer: Capturer,
    model_hash: str,
    options: BakeOptions,
    cache_folder: Path,
    cancelled: Callable[[], bool] = lambda: False,
) -> Iterator[Event]:
    """Bake a clip: track its people, and yield their performances. Ends early when cancelled.

    paths: a movie, or the images of a sequence
    frames: first and last frame of the clip, both included (None: to the end), and step
    model_hash: names the model in the cache, see Bundle.weights_digest

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
        fixes = load_fixes(cache.folder) | dict(options.fixes or {})
        if options.fixes is not None:
            keep_fixes(cache.folder, fixes)
        if not cancelled():
            yield from perform(clip, wanted, tracker, cache, options, fixes, cancelled)


def track(
    clip: Clip, wanted: range, tracker: Tracker, cache: Cache, preview: bool, cancelled: Callable[[], bool]
) -> Iterator[Event]:
    """Track the wanted frames that the cache does not hold yet."""
    records, start = cache.frames, 0
    for record in records:
        tracker.accept(record, cache.estimates[start : record["end"]])
        start = int(record["end"])
    total = len(range(wanted.start, min(wanted.stop, max(clip.length, wanted.start + 1)), wanted.step))
    done = begun = len(cache)
    started = shown = reported = perf_counter()
    yield BakeProgress(min(done, total), total, "track")
    left = wanted[done:] if done < len(wanted) else range(0)
    for frame in read_ahead(clip.frames(left)) if left else ():
        if cancelled():
            return
        record, estimates = tracker.track(frame)
        tracker.keep_views(frame, estimates)
        cache.append(record, estimates)
        done, now = done + 1, perf_counter()
        if now - reported > PROGRESS_EVERY:
            reported, rate = now, (done - begun) / (now - started)
            yield BakeProgress(done, max(total, done), "track", rate, max(total - done, 0) / rate)
        if preview and frame.picture is not None and now - shown > PREVIEW_EVERY:
            shown = now
            yield Preview(frame.index, overlay(frame, estimates))
    yield BakeProgress(done, max(min(done, total), 1), "track", (done - begun) / max(perf_counter() - started, 1e-6))


def perform(
    clip: Clip,
    wanted: range,
    tracker: Tracker,
    cache: Cache,
    options: BakeOptions,
    fixes: dict[int, Fixes],
    cancelled: Callable[[], bool],
) -> Iterator[Event]:
    """Yield performances from the cached records. fixes: corrections by the number of the person."""
    records = cache.frames[: len(range(wanted.start, min(wanted.stop, 1 << 40), wanted.step))]
    if not len(records):
        raise UnreadableError(f"it ends before frame {wanted.start}", clip.path, "Choose frames that the clip has")
    for message in warnings_of(clip, wanted, records):
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
    camera = camera_of_clip(clip, estimates, np.flatnonzero(person_of == people[0]), tracker)
    for done, number in enumerate(chosen):
        if cancelled():
            return
        yield BakeProgress(done, len(chosen), "solve")
        rows = np.flatnonzero(person_of == number)
        index = people.index(number)
        shown, own = frame[rows], (estimates, rows)
        fixed_by = fixes.get(index, Fixes())
        if fixed_by.tracking:
            fixing = fixed_track(*(clip, records, frame, *own, tracker, fixed_by, cache.folder, cancelled))
            shown, fixed = yield from fixing
            own = fixed, np.arange(len(fixed))
            if cancelled():
                return
        shown_clip = MaskedClip(clip, Masks(fixed_by.ignored, clip.size))
        person = fit_person(shown, *own, tracker.coarse, camera.camera)
        if tracker.view and person.expression.size:
            person = replace(person, added=read_pictures(person, *own, records["cut"], tracker.coarse))
        performance = yield from _performance(shown_clip, records, person, tracker, camera, options, fixed_by)
        if textures := options.textures_of(len(records)):
            folder = textures / str(index)
            for written in write_frame_textures(
                shown_clip, records["frame"], person, tracker.coarse, performance.texture, tracker.capturer, folder
            ):
                if cancelled():
                    rmtree(folder)
                    return
                yield BakeProgress(written, len(rows), "texture")
            performance = replace(performance, textures=str(folder))
        for start, end in performance.gaps():
            yield Gap(index, start, end, gap_reason(records, start, end))
        yield Performed(index, performance)


def camera_of_clip(clip: Clip, estimates: np.ndarray, rows: np.ndarray, tracker: Tracker) -> PhotoCamera:
    """Return the camera of a clip, whose lens does not change.

    rows: (F,), of the estimates, those of the person who is seen longest
    """
    coarse, chosen = tracker.coarse, confident_rows(estimates, rows, LENS_FRAMES)
    texels = sample_texels(coarse)
    mean = coarse.mean.reshape(-1, 3)[texels].astype(np.float64)
    seen = [seen_points(estimates[row], coarse)[texels].astype(np.float64) for row in chosen]
    in_file = None if is_movie(clip.path) else focal_of(clip.files[0])
    return tracker.capturer.lens.camera_of(clip.size, in_file, mean, seen)


def _performance(
    clip: Clip, records: np.ndarray, person: TrackedPerson, tracker: Tracker, camera: PhotoCamera, options: BakeOptions,
    fixes: Fixes,
):  # fmt: skip
    """Yield progress and return the performance. fixes: corrections of the person."""
    capturer, coarse = tracker.capturer, tracker.coarse
    motion = smooth_motion(person, records, options.strengths, options.gaps, fixes.smoothing)
    pinned = [fix.frame for fix in fixes.keyframes if fix.pins]
    rows = np.flatnonzero(np.isin(records["frame"], pinned))
    solved = solve_arkit(person, motion, coarse, capturer.mesh, rows)
    yield BakeProgress(0, 1, "texture")
    texture, mask = merged_texture(clip, records["frame"], person, coarse, capturer)
    return Performance(
        clip=str(clip.path),
        rate=clip.rate,
        image_size=np.array(clip.size, np.int32),
        camera=camera_array(camera.camera, clip.size),
        camera_known=camera.code,
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
        smoothing=options.strengths.expression,
        **{name: values for name, values in vars(motion).items() if name != "added"},
        **solved,
    )


def by_screen_time(person_of: np.ndarray, certainty: np.ndarray) -> list[int]:
    """Return the people in estimates (S,), those seen longest first, without those hardly seen or not faces at all.

    person_of, certainty: (S,), see FACE_RECORD
    """
    people, counts = np.unique(person_of, return_counts=True)
    if not len(people):
        return []
    people, counts = (array[np.argsort(-counts, kind="stable")] for array in (people, counts))
    least = min(max(MIN_FRAMES[0], MIN_FRAMES[1] * counts[0]), counts[0])
    checked = certainty != UNCHECKED
    is_face = [certainty[checked & (person_of == person)].mean() >= THRESHOLDS.accept for person in people[1:]]
    return [int(p) for p, count, face in zip(people, counts, [True, *is_face], strict=True) if count >= least and face]


def warnings_of(clip: Clip, wanted: range, records: np.ndarray) -> Iterator[str]:
    """Yield what the user should know about the clip."""
    expected = len(range(wanted.start, min(wanted.stop, clip.length), wanted.step))
    if expected - len(records) > max(2, 0.02 * expected):
        yield f"{clip.path}: it ends after {len(records)} of {expected} frames: the file is cut short or damaged"
    time = records["time"] - records["time"][0] - (records["frame"] - records["frame"][0]) / clip.rate
    if np.abs(time).max() > 0.75 / clip.rate:
        yield f"{clip.path}: its frame rate varies: the frames' own times are kept"


def gap_reason(records: np.ndarray, first: int, last: int) -> str:
    """Return why clip frames first to last do not show a person, in words for the user."""
    within = (records["frame"] >= first) & (records["frame"] <= last)
    return NOT_SEEN if records["readable"][within].any() else "the frames cannot be read"


def overlay(frame: ClipFrame, estimates: np.ndarray) -> np.ndarray:
    """Return the frame, at most PREVIEW_WIDTH wide, with the landmarks of all faces."""
    height, width = frame.picture.shape[:2]
    scale = min(1.0, PREVIEW_WIDTH / width)
    size = max(round(width * scale), 1), max(round(height * scale), 1)
    image = cv2.resize(frame.picture, size, interpolation=cv2.INTER_AREA)
    for estimate in estimates:
        for x, y in (frame.to_picture(estimate["landmarks68"])[:, :2] * scale).tolist():
            cv2.circle(image, (round(x), round(y)), 1, (80, 255, 80), -1)
    return image
