# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets reconstruct`: photos, folders and videos in, result files and report.json out.

One thread reads ahead, the main one detects and runs the network, `--workers` threads build meshes and write them.
Every picture passes through on its own, so memory stays flat however long the input is.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from nets.bundle import DEFAULT_BUNDLE, load_bundle, sha256
from nets.capture import CaptureOptions, Capturer, Sighting
from nets.detection import DETECTORS
from nets.engines import ENGINES, load_engine
from nets.errors import CaptureError, UsageError
from nets.export import EXPORTERS
from nets.files import make_folder
from nets.inputs import Picture, expand, read_pictures
from nets.performance.bake import GAPS, BakeOptions
from nets.performance.command import track_clips
from nets.report import InputEntry, exit_code, printable, recorded, write_report
from nets.stopwatch import Stopwatch


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a photo, a folder or a video")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help="folder of the results and report.json")
    parser.add_argument("--boxes", type=Path, metavar="FILE.json", help="file name → [[left, top, right, bottom], …]")
    parser.add_argument("--faces", choices=("all", "largest"), default="all")
    parser.add_argument("--model", default=DEFAULT_BUNDLE, metavar="NAME|DIR", help="model bundle (%(default)s)")
    parser.add_argument("--engine", choices=("auto", *ENGINES), default="auto")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--detector", choices=("auto", *DETECTORS), default="auto", help="face-alignment may download")
    parser.add_argument("--formats", type=formats, default=["npz"], metavar="A,B", help=",".join(EXPORTERS))
    parser.add_argument("--track", action="store_true", help="follow people through clips: one file each, and CSV")
    parser.add_argument("--smoothing", type=share, default=0.5, metavar="0…1", help="with --track (%(default)s)")
    parser.add_argument("--gaps", choices=GAPS, default="hold", help="with --track: frames without the face")
    parser.add_argument("--workers", type=count, default=1, metavar="N", help="threads that build and write (1)")


def run(args: argparse.Namespace) -> int:
    boxes = read_boxes(args.boxes) if args.boxes else {}
    out = make_folder(args.out)
    files = expand(args.paths)
    try:
        capturer = load_capturer(args)
    except CaptureError as error:
        write_report(out, [failed(path, error) for path in files])
        raise
    if args.track:
        found = track_clips(args.paths, capturer, sha256(load_bundle(args.model).weights), bake_options(args), out)
    else:
        found = reconstruct(files, boxes, capturer, out, args.formats, args.workers)
    entries: list[InputEntry] = []
    try:
        for entry in found:
            entries.append(entry)
            print(describe(entry), file=sys.stderr, flush=True)
    finally:
        write_report(out, entries)
    return exit_code(entries)


def failed(path: Path, error: CaptureError) -> InputEntry:
    entry = InputEntry(printable(path))
    entry.fail(error)
    return entry


def load_capturer(args: argparse.Namespace) -> Capturer:
    bundle = load_bundle(args.model)
    engine = load_engine(bundle, args.engine, args.device)
    if args.track:  # everybody is followed, and a hundred shapes of a quarter of the mesh are enough
        options = CaptureOptions(density="medium", detector=args.detector)
    else:
        options = CaptureOptions(faces=args.faces, detector=args.detector)
    return Capturer(engine, bundle.layout, bundle.input_size, options)


def reconstruct(
    files: list[Path], boxes: dict[str, np.ndarray], capturer: Capturer, out: Path, formats: list[str], workers: int
) -> Iterator[InputEntry]:
    """Captures and writes; yields the report's entries in the order of the inputs."""
    with ThreadPoolExecutor(workers, "write") as pool:
        pending: deque[Future[InputEntry]] = deque()
        for picture in read_pictures(files):
            entry, clock, sightings = InputEntry.of(picture), Stopwatch(), []
            clock.ms["read"] = picture.read_ms
            with recorded(entry):
                sightings = find_faces(picture, boxes, capturer, clock)
            pending.append(pool.submit(finish, picture, sightings, capturer, out, formats, entry, clock))
            while len(pending) > workers or (pending and pending[0].done()):
                yield pending.popleft().result()
        while pending:
            yield pending.popleft().result()


def find_faces(picture: Picture, boxes: dict[str, np.ndarray], capturer: Capturer, clock: Stopwatch) -> list[Sighting]:
    if picture.error:
        raise picture.error
    given = next((boxes[key] for key in (str(picture.path), picture.path.name, picture.name) if key in boxes), None)
    return capturer.find(picture.photo, given, clock)


def finish(
    picture: Picture,
    sightings: list[Sighting],
    capturer: Capturer,
    out: Path,
    formats: list[str],
    entry: InputEntry,
    clock: Stopwatch,
) -> InputEntry:
    """Builds and writes the faces of one picture."""
    with recorded(entry):
        for index, sighting in enumerate(sightings):
            with clock.measure("mesh"):
                face = capturer.build(picture.photo, sighting)
            with clock.measure("write"):
                files = [EXPORTERS[name](face, picture.photo, out / f"{picture.name}_{index}") for name in formats]
            entry.add_face(face, printable(files[0].name))
    entry.ms = clock.ms
    return entry


def read_boxes(path: Path) -> dict[str, np.ndarray]:
    """File name -> boxes (K, 4) float32. Raises UsageError."""
    try:
        content = json.loads(path.read_text(encoding="utf-8"))
        boxes = {name: np.asarray(rows, np.float32).reshape(-1, 4) for name, rows in content.items()}
    except OSError as error:
        raise UsageError(f"the boxes cannot be read ({error.strerror})", path) from None
    except (ValueError, TypeError, AttributeError):
        raise UsageError("not a JSON object of file name → [[left, top, right, bottom], …]", path) from None
    for name, rows in boxes.items():
        if not np.isfinite(rows).all() or (rows[:, 2:] - rows[:, :2] < 1).any():
            raise UsageError(f"a box of {name} is empty or turned round: {rows.tolist()}", path)
    return boxes


def describe(entry: InputEntry) -> str:
    frame = "" if entry.frame is None else f" frame {entry.frame}"
    if entry.status != "ok":
        return f"{entry.path}{frame}: {entry.status} ({entry.error})"
    ms = ", ".join(f"{stage} {ms:.0f}" for stage, ms in entry.ms.items())
    return f"{entry.path}{frame}: {len(entry.faces)} face{'s' * (len(entry.faces) != 1)} ({ms} ms)"


def formats(text: str) -> list[str]:
    names = [name.strip().lower() for name in text.split(",") if name.strip()]
    unknown = sorted(set(names) - set(EXPORTERS))
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"unknown format {','.join(unknown)}: choose from {','.join(EXPORTERS)}")
    return names


def bake_options(args: argparse.Namespace) -> BakeOptions:
    return BakeOptions("main" if args.faces == "largest" else "all", args.smoothing, args.gaps)


def share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1")
    return value


def count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 up")
    return int(text)
