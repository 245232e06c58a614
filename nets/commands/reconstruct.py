# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets reconstruct`: capture the faces of photos, folders and movies, or track people through clips."""

from __future__ import annotations

import argparse
import os
import sys
from functools import partial
from pathlib import Path

from nets.batch.clip_tracking import track_clips
from nets.batch.file_capturer import FileCapturer
from nets.batch.listing import WHOLE, list_sources
from nets.batch.progress import describe
from nets.batch.run import Run
from nets.batch.stream import capture_sources
from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.picture_formats import PICTURE_FORMATS
from nets.commands.arguments import add_run_arguments, count, fraction, settings_of, shard
from nets.environment import cores
from nets.errors import BundleError, EngineError, UsageError
from nets.io.files import make_folder
from nets.io.report import InputEntry, exit_code, write_report
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.performance.events import GAPS, BakeOptions
from nets.performance.fixes import read_fixes
from nets.topology.face_model import FaceModelError

IMAGE_FORMATS = {"png", "obj", *PICTURE_FORMATS}  # formats that come with image files
WORKERS = cores() + 1


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_run_arguments(parser)
    parser.add_argument("--shard", type=shard, default=WHOLE, metavar="I/N", help="the I-th of N parts; see gather")
    parser.add_argument("--track", action="store_true", help="follow people through clips: one file each, and CSV")
    parser.add_argument("--smoothing", type=fraction, default=0.5, metavar="0…1", help="with --track (%(default)s)")
    parser.add_argument("--gaps", choices=GAPS, default="hold", help="with --track: frames without the face")
    parser.add_argument(
        "--fixes", type=Path, metavar="FILE.json", help="with --track: clip → person → tracking keyframes; see docs"
    )
    parser.add_argument("--workers", type=count, metavar="N", help=f"photos at once ({WORKERS})")


def run(args: argparse.Namespace) -> int:
    if args.track:
        refuse_untracked_options(args)
    settings = settings_of(args)
    out = make_folder(args.out)
    if IMAGE_FORMATS.intersection(settings.formats) and any(
        os.path.isdir(path) and out.samefile(path) for path in args.paths
    ):
        raise UsageError("pictures of results would lie among the photos, or replace one", out, "Choose another --out")
    listing = list_sources(args.paths, out, args.subfolders, args.shard)
    capture_run = Run(out, listing, args.shard, args.resume, args.sheet)
    try:
        if args.track:
            return track(args, out)
        file_capturer, options = FileCapturer(settings, settings.load_capturer(), out), settings.options()
    except (BundleError, EngineError, FaceModelError) as error:
        capture_run.refuse(error)
        raise
    return capture_run.conduct(
        partial(capture_sources, capturer=file_capturer, threads=args.workers or WORKERS), options
    )


def refuse_untracked_options(args: argparse.Namespace) -> None:
    """Raise UsageError if an option was given that has no meaning with --track."""
    names = ("resume", "sheet", "subfolders", "boxes", "formats", "workers", "even_light", "detail")
    given = {name.replace("_", "-"): getattr(args, name) for name in names}
    given["shard"] = args.shard.count > 1
    if refused := [f"--{name}" for name, value in given.items() if value]:
        message = f"--track goes without {', '.join(refused)}"
        raise UsageError(message, remedy="Leave them out: what was tracked is kept in any case")


def track(args: argparse.Namespace, out: Path) -> int:
    """Track the people of the clips and write their files and the report."""
    bundle = load_bundle(args.model)
    engine = load_engine(bundle, args.engine, args.device, iterations=args.iterations)
    # The capturer finds everyone, whom the bake then follows; a quarter of the mesh is enough for a hundred shapes.
    options = CaptureOptions(density="medium", detector=args.detector, lens=args.lens)
    capturer = Capturer(engine, bundle.layout, bundle.input_size, options)
    bake_options = BakeOptions("main" if args.faces == "largest" else "all", args.smoothing, args.gaps)
    fixes = read_fixes(args.fixes) if args.fixes else {}
    entries: list[InputEntry] = []
    try:
        for entry in track_clips(args.paths, capturer, bundle.weights_digest, bake_options, out, fixes):
            entries.append(entry)
            print(describe(entry), file=sys.stderr, flush=True)
    finally:
        write_report(out / "report.json", (entry.to_json() for entry in entries))
    return exit_code(entry.status for entry in entries)
