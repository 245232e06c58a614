# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets reconstruct`: photos, folders and videos in, result files and report.json out."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from nets.batch.file_capturer import CaptureSettings, FileCapturer
from nets.batch.listing import WHOLE, Shard, list_sources
from nets.batch.progress import describe
from nets.batch.run import Run
from nets.batch.stream import capture_sources
from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.mesh_formats import EXPORTERS
from nets.commands.track import track_clips
from nets.environment import cores
from nets.errors import BundleError, EngineError, UsageError
from nets.io.boxes import read_boxes
from nets.io.files import make_folder
from nets.io.report import InputEntry, exit_code, write_report
from nets.model.bundle import DEFAULT_BUNDLE, load_bundle
from nets.model.detection import DETECTORS
from nets.model.engines import ENGINES, load_engine
from nets.performance.bake import GAPS, BakeOptions

PICTURES = {"png", "obj"}  # formats that come with image files


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument("--shard", type=shard, default=WHOLE, metavar="I/N", help="the I-th of N parts; see gather")
    parser.add_argument("--track", action="store_true", help="follow people through clips: one file each, and CSV")
    parser.add_argument("--smoothing", type=share, default=0.5, metavar="0…1", help="with --track (%(default)s)")
    parser.add_argument("--gaps", choices=GAPS, default="hold", help="with --track: frames without the face")
    parser.add_argument("--workers", type=count, default=cores() + 1, metavar="N", help="photos at once (%(default)s)")


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Those that runs on a cluster have too."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a photo, a folder or a video")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the results and report.json")
    parser.add_argument("--subfolders", action="store_true", help="look into the folders of folders as well")
    parser.add_argument("--resume", action="store_true", help="leave out what an earlier run has done")
    parser.add_argument("--sheet", action="store_true", help="also sheet.html, to look through, and sheet.csv")
    parser.add_argument("--boxes", type=Path, metavar="FILE.json", help="file name → [[left, top, right, bottom], …]")
    parser.add_argument("--faces", choices=("all", "largest"), default="all")
    parser.add_argument("--model", default=DEFAULT_BUNDLE, metavar="NAME|DIR", help="model bundle (%(default)s)")
    parser.add_argument("--engine", choices=("auto", *ENGINES), default="auto")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument("--detector", choices=("auto", *DETECTORS), default="auto", help="face-alignment may download")
    parser.add_argument("--formats", type=formats, default=("npz",), metavar="A,B", help=",".join(EXPORTERS))


def settings_of(args: argparse.Namespace) -> CaptureSettings:
    return CaptureSettings(
        args.faces,
        args.model,
        args.engine,
        args.device,
        args.detector,
        args.formats,
        thumbnails=args.sheet,
        boxes=read_boxes(args.boxes) if args.boxes else {},
    )


def run(args: argparse.Namespace) -> int:
    settings = settings_of(args)
    out = make_folder(args.out)
    if PICTURES.intersection(args.formats) and any(os.path.isdir(path) and out.samefile(path) for path in args.paths):
        raise UsageError("pictures of results would lie among the photos, or replace one", out, "Choose another --out")
    listing = list_sources(args.paths, out, args.subfolders, args.shard)
    run = Run(out, listing, args.shard, args.resume, args.sheet)
    try:
        if args.track:
            return track(args, out)
        capturer, options = settings.load_capturer(), settings.options()
    except (BundleError, EngineError) as error:
        run.refuse(error)
        raise
    work = partial(capture_sources, capturer=FileCapturer(settings, capturer, out), threads=args.workers)
    return run.conduct(work, options)


def track(args: argparse.Namespace, out: Path) -> int:
    if args.resume or args.sheet or args.subfolders or args.shard.count > 1:
        message = "--track goes without --resume, --sheet, --subfolders and --shard"
        raise UsageError(message, remedy="Leave them out: what was tracked is kept in any case")
    bundle = load_bundle(args.model)
    engine = load_engine(bundle, args.engine, args.device)
    # Everybody is followed, and a hundred shapes of a quarter of the mesh are enough.
    options = CaptureOptions(density="medium", detector=args.detector)
    capturer = Capturer(engine, bundle.layout, bundle.input_size, options)
    bake_options = BakeOptions("main" if args.faces == "largest" else "all", args.smoothing, args.gaps)
    entries: list[InputEntry] = []
    try:
        for entry in track_clips(args.paths, capturer, bundle.weights_digest, bake_options, out):
            entries.append(entry)
            print(describe(entry), file=sys.stderr, flush=True)
    finally:
        write_report(out / "report.json", (entry.to_json() for entry in entries))
    return exit_code(entry.status for entry in entries)


def shard(text: str) -> Shard:
    index, _, total = text.partition("/")
    if not (index.isdecimal() and total.isdecimal() and 1 <= int(index) <= int(total)):
        raise argparse.ArgumentTypeError(f"{text} is not a part such as 2/8")
    return Shard(int(index), int(total))


def formats(text: str) -> tuple[str, ...]:
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    unknown = sorted(set(names) - set(EXPORTERS))
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"unknown format {','.join(unknown)}: choose from {','.join(EXPORTERS)}")
    return names


def share(text: str) -> float:
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1")
    return value


def count(text: str) -> int:
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 up")
    return int(text)
