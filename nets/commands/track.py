# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets reconstruct CLIP… --out DIR --track`: a performance file and a Live Link Face CSV per person.

What was tracked lies in DIR/cache: run again, it goes on from there, or smooths anew without the network.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

from nets.capture.capturer import Capturer
from nets.geometry.crop import landmark_box
from nets.io.pictures import VIDEO_SUFFIXES, expand, unique
from nets.io.report import InputEntry, printable, recorded
from nets.io.stopwatch import Stopwatch
from nets.performance.bake import BakeOptions, BakeProgress, Gap, Performed, Warned, bake

TOLD_EVERY = 10.0  # seconds
ALL_FRAMES = 0, None, 1


@dataclass(frozen=True)
class ClipInput:
    """A movie, or the images of a sequence; name: stem of its results, unique within a run."""

    path: Path
    name: str
    files: list[Path]


def clips_of(paths: list[str]) -> Iterator[ClipInput]:
    """Each movie is a clip; the images of a folder are one, and so are those named one by one."""
    named = [path for path in map(Path, paths) if path.is_dir() or path.suffix.lower() in VIDEO_SUFFIXES]
    loose = [path for path in map(Path, paths) if path not in named]
    taken: set[str] = set()
    for path in named:
        files = expand([path])
        for movie in (file for file in files if file.suffix.lower() in VIDEO_SUFFIXES):
            yield ClipInput(movie, unique(movie.stem, taken), [movie])
        images = [file for file in files if file.suffix.lower() not in VIDEO_SUFFIXES]
        if images:
            yield ClipInput(path, unique(path.resolve().name, taken), images)
    if loose:
        yield ClipInput(loose[0], unique(loose[0].stem, taken), loose)


def track_clips(
    paths: list[str], capturer: Capturer, model_hash: str, options: BakeOptions, out: Path
) -> Iterator[InputEntry]:
    """Tracks, writes, and yields the report's entries in the order of the inputs."""
    for clip in clips_of(paths):
        entry, clock = InputEntry(printable(clip.path)), Stopwatch()
        with recorded(entry), clock.measure("network"):
            follow(clip, capturer, model_hash, options, out, entry)
        entry.ms = clock.ms
        yield entry


def follow(
    clip: ClipInput, capturer: Capturer, model_hash: str, options: BakeOptions, out: Path, entry: InputEntry
) -> None:
    told, gaps = perf_counter(), []
    for event in bake(clip.files, ALL_FRAMES, capturer, model_hash, options, out / "cache"):
        match event:
            case BakeProgress(done=done, total=total, stage="track") if perf_counter() - told > TOLD_EVERY:
                told = perf_counter()
                say(f"{entry.path}: {done} of {total} frames, {event.rate:.1f} frames/s, {event.left_s:.0f} s left")
            case Warned(message=message):
                say(f"warning: {message}")
            case Gap(first=first, last=last, reason=reason):
                gaps.append({"first": first, "last": last, "reason": reason})
            case Performed(person=person, performance=performance):
                file = out / f"{clip.name}_{person}.performance.npz"
                performance.save(file)
                face = {"file": printable(file.name), "csv": None}
                if performance.arkit.size:
                    take = file.with_name(f"{clip.name}_{person}.csv")
                    performance.save_live_link(take)
                    face["csv"] = printable(take.name)
                else:
                    say("warning: this model does not tell ARKit weights, so no CSV is written")
                tracked = performance.tracked
                box = landmark_box(performance.landmarks68[tracked.argmax()])
                face["box"] = [round(float(edge), 2) for edge in box]
                face["confidence"] = round(float(performance.confidence[tracked].mean()), 4)
                face["frames"], face["tracked"], face["gaps"] = len(tracked), int(tracked.sum()), gaps
                entry.faces.append(face)
                gaps = []


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
