# SPDX-License-Identifier: GPL-3.0-or-later
"""People tracked through clips: a performance file and a Live Link Face CSV per person.

What was tracked is kept in the folder `cache` of the results. A second run goes on from there, or applies another
smoothing without the network.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from nets.capture.capturer import Capturer
from nets.geometry.crop import landmark_box
from nets.interface.file_kinds import is_movie
from nets.interface.text import printable
from nets.io.image_sequence import with_missing
from nets.io.pictures import expand
from nets.io.report import InputEntry, recorded
from nets.io.stopwatch import Stopwatch
from nets.performance.bake import bake
from nets.performance.events import BakeOptions, BakeProgress, Gap, Performed, Warned
from nets.performance.fixes import Fixes

REPORT_EVERY = 10.0  # seconds
ALL_FRAMES = 0, None, 1


@dataclass(frozen=True)
class ClipInput:
    """A movie, or the images of a sequence; name: stem of its results, unique within a run."""

    path: Path
    name: str
    files: list[Path]


def track_clips(
    paths: list[str],
    capturer: Capturer,
    model_hash: str,
    options: BakeOptions,
    out: Path,
    fixes: Mapping[str, Mapping[int, Fixes]],
) -> Iterator[InputEntry]:
    """Track the people of each clip, write their files, and yield the report's entries in the order of the inputs.

    fixes: corrections by the name of the clip's file or folder, and the number of the person
    """
    for clip in clips_of(paths):
        entry, clock = InputEntry(printable(clip.path)), Stopwatch()
        with recorded(entry), clock.measure("network"):
            own = replace(options, fixes=fixes.get(clip.path.name))
            _track_clip(clip, capturer, model_hash, own, out, entry)
        entry.ms = clock.ms
        yield entry


def clips_of(paths: list[str]) -> Iterator[ClipInput]:
    """Yield the clips: each movie is one; the images of a folder are one, and so are the images that were named."""
    named = [path for path in map(Path, paths) if path.is_dir() or is_movie(path)]
    loose = [path for path in map(Path, paths) if path not in named]
    taken: set[str] = set()
    for path in named:
        files = expand([path])
        for movie in filter(is_movie, files):
            yield ClipInput(movie, _unique(movie.stem, taken), [movie])
        images = [file for file in files if not is_movie(file)]
        if images:
            yield ClipInput(path, _unique(path.resolve().name, taken), with_missing(images))
    if loose:
        yield ClipInput(loose[0], _unique(loose[0].stem, taken), with_missing(loose))


def _unique(stem: str, taken: set[str]) -> str:
    """Return the stem, numbered if another clip of the run has it already, and add it to `taken`."""
    name, count = stem, 2
    while name.casefold() in taken:
        name, count = f"{stem}-{count}", count + 1
    taken.add(name.casefold())
    return name


def _track_clip(
    clip: ClipInput, capturer: Capturer, model_hash: str, options: BakeOptions, out: Path, entry: InputEntry
) -> None:
    reported, gaps = perf_counter(), []
    for event in bake(clip.files, ALL_FRAMES, capturer, model_hash, options, out / "cache"):
        match event:
            case BakeProgress(done=done, total=total, stage="track") if perf_counter() - reported > REPORT_EVERY:
                reported = perf_counter()
                _print(f"{entry.path}: {done} of {total} frames, {event.rate:.1f} frames/s, {event.left_s:.0f} s left")
            case Warned(message=message):
                _print(f"warning: {message}")
            case Gap(first=first, last=last, reason=reason):
                gaps.append({"first": first, "last": last, "reason": reason})
            case Performed():
                entry.faces.append({**_write_performance(clip, event, out), "gaps": gaps})
                gaps = []


def _write_performance(clip: ClipInput, event: Performed, out: Path) -> dict:
    """Write a person's files and return what the report says of them."""
    performance = event.performance
    file = out / f"{clip.name}_{event.person}.performance.npz"
    performance.save(file)
    csv = None
    if performance.arkit.size:
        csv = file.with_name(f"{clip.name}_{event.person}.csv")
        performance.save_live_link(csv)
    else:
        _print("warning: this model does not tell ARKit weights, so no CSV is written")
    tracked = performance.tracked
    box = landmark_box(performance.landmarks68[tracked.argmax()])
    return {
        "file": printable(file.name),
        "csv": csv and printable(csv.name),
        "box": [round(float(edge), 2) for edge in box],
        "confidence": round(float(performance.confidence[tracked].mean()), 4),
        "frames": len(tracked),
        "tracked": int(tracked.sum()),
    }


def _print(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
