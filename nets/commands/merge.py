# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets merge`: make one head of several photos of a person, or of a clip in which the head turns."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nets.batch.file_capturer import MESHES
from nets.batch.progress import describe
from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.merged_head import MergedHead
from nets.capture.mesh_formats import HEAD_EXPORTERS
from nets.commands.arguments import (
    DEFAULT_FORMATS,
    add_boxes_argument,
    add_formats_argument,
    add_mesh_argument,
    add_model_arguments,
)
from nets.errors import UsageError
from nets.interface.file_kinds import is_movie
from nets.interface.text import printable
from nets.io.boxes import read_boxes
from nets.io.files import make_folder
from nets.io.report import InputEntry, exit_code, write_report
from nets.merge.merging import Merger, PhotoDone, Warned
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.performance.one_head import FramesChosen, HeadClip, one_head
from nets.topology.captured_head import MergedHeadOnMesh
from nets.topology.head import HeadMaker
from nets.topology.head_formats import HEAD_FORMATS

NAME = "head"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("paths", nargs="+", metavar="PATH", help="photos and movies of one person, or folders of them")
    parser.add_argument("--out", required=True, type=Path, metavar="DIR", help=f"folder of {NAME}.npz and report.json")
    parser.add_argument(
        "--frames",
        type=frame_numbers,
        metavar="N,N,…",
        help="frames of the movie that count, from 0 (by default sharp ones at rest, from many directions)",
    )
    parser.add_argument(
        "--weight",
        type=picture_weight,
        action="append",
        default=[],
        metavar="PICTURE=N",
        help="how much a picture counts in the texture: 1 unless it is given, 0 leaves it out. PICTURE is a photo's "
        "name, or a movie's with a colon and the frame: turn.mp4:40=0. Repeat it for other pictures",
    )
    add_boxes_argument(parser)
    add_model_arguments(parser)
    add_formats_argument(parser, HEAD_EXPORTERS)
    add_mesh_argument(parser)


def run(args: argparse.Namespace) -> int:
    formats = args.formats or DEFAULT_FORMATS
    if unfit := set(formats) - set(HEAD_EXPORTERS):
        raise UsageError(f"{', '.join(unfit)} is not a format of heads", remedy=f"Choose {', '.join(HEAD_EXPORTERS)}")
    boxes = read_boxes(args.boxes) if args.boxes else {}
    paths, clips = args.paths, []
    if args.frames:
        movies = [path for path in paths if is_movie(path)]
        if len(movies) != 1:
            raise UsageError("--frames is for one movie", remedy="Name one movie")
        paths = [path for path in paths if path not in movies]
        clips = [HeadClip(movies, chosen=args.frames)]
    out = make_folder(args.out)
    bundle = load_bundle(args.model)
    engine = load_engine(bundle, args.engine, args.device, iterations=args.iterations)
    options = CaptureOptions(faces="largest", detector=args.detector, lens=args.lens)
    merger = Merger(Capturer(engine, bundle.layout, bundle.input_size, options), bundle)
    topology = MESHES[args.mesh]
    head_maker = HeadMaker(bundle.layout, topology) if topology else None
    entries: list[InputEntry] = []
    try:
        for event in one_head(merger, paths, boxes, clips=clips, weights=dict(args.weight)):
            match event:
                case FramesChosen():
                    numbers = ", ".join(map(str, event.frames))
                    print(f"{printable(event.path)}: frames {numbers} count", file=sys.stderr, flush=True)
                case PhotoDone():
                    entries.append(event.entry)
                    print(describe(event.entry), file=sys.stderr, flush=True)
                case Warned():
                    print(f"warning: {event.message}", file=sys.stderr, flush=True)
                case MergedHead():
                    print(event.summary(), file=sys.stderr, flush=True)
                    note_fit(entries, event)
                    exporters = HEAD_FORMATS if head_maker else HEAD_EXPORTERS
                    head = MergedHeadOnMesh.of(event, head_maker) if head_maker else event
                    for name in formats:
                        exporters[name](head, out / NAME)
    finally:
        write_report(out / "report.json", (entry.to_json() for entry in entries))
    return exit_code(entry.status for entry in entries)


def note_fit(entries: list[InputEntry], head: MergedHead) -> None:
    """Add to the report of each picture how far the head lies from what the picture shows of it, in pixels."""
    pictures = zip(map(printable, head.paths), head.view_frame.tolist(), strict=True)
    fit = dict(zip(pictures, head.view_fit.tolist(), strict=True))
    for entry in entries:
        if (pixels := fit.get((entry.path, -1 if entry.frame is None else entry.frame))) is not None:
            entry.faces[0]["fit_px"] = round(pixels, 2)


def frame_numbers(text: str) -> list[int]:
    """Read numbers that commas divide. Raises ValueError, which argparse reports."""
    numbers = [int(part) for part in text.split(",")]
    if min(numbers) < 0:
        raise ValueError(text)
    return numbers


def picture_weight(text: str) -> tuple[tuple[str, int | None], float]:
    """Read a weight such as anna.jpg=0.5 or turn.mp4:40=0. Raises ArgumentTypeError."""
    picture, _, number = text.rpartition("=")
    name, colon, frame = picture.rpartition(":")
    try:
        weight = float(number)
    except ValueError:
        weight = -1.0
    if not picture or not 0 <= weight < float("inf"):
        raise argparse.ArgumentTypeError(f"{text!r} is no picture's name, =, and a number from 0 up")
    return ((name, int(frame)) if colon and name and frame.isdecimal() else (picture, None)), weight
