# SPDX-License-Identifier: GPL-3.0-or-later
"""The arguments that several commands share, and the types of their values."""

from __future__ import annotations

import argparse
from collections.abc import Iterable
from pathlib import Path

from nets.batch.file_capturer import MESHES, RunSettings
from nets.batch.listing import Shard
from nets.capture.lens import AUTO, FORMS, Lens
from nets.capture.mesh_formats import EXPORTERS
from nets.capture.picture_formats import PICTURE_FORMATS
from nets.errors import UsageError
from nets.io.boxes import read_boxes
from nets.model.bundle import DEFAULT_BUNDLE
from nets.model.detection import DETECTORS
from nets.model.engines import ENGINES
from nets.topology.head_formats import HEAD_FORMATS

FORMATS = tuple(dict.fromkeys((*EXPORTERS, *HEAD_FORMATS, *PICTURE_FORMATS)))
DEFAULT_FORMATS = ("npz",)


def add_run_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments of a run over photos, folders and movies, on this machine or on a cluster."""
    parser.add_argument("paths", nargs="+", metavar="PATH", help="a photo, a folder or a video")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the results and report.json")
    parser.add_argument("--subfolders", action="store_true", help="look into the folders of folders as well")
    parser.add_argument("--resume", action="store_true", help="leave out what an earlier run has done")
    parser.add_argument("--sheet", action="store_true", help="also sheet.html, to look through, and sheet.csv")
    add_boxes_argument(parser)
    parser.add_argument("--faces", choices=("all", "largest"), default="all")
    add_model_arguments(parser)
    add_formats_argument(parser, FORMATS)
    add_mesh_argument(parser)
    parser.add_argument(
        "--even-light", action="store_true", help="divide the photo's light out of a whole head's skin; npz keeps both"
    )
    parser.add_argument(
        "--detail",
        action="store_true",
        help="a normal map of a whole head's skin, read from its shading: npz, obj, glb",
    )


def add_mesh_argument(parser: argparse.ArgumentParser) -> None:
    """Add --mesh, the mesh of result files."""
    parser.add_argument(
        "--mesh",
        choices=MESHES,
        default="head",
        help="the extension's own whole head (default), the capture's grid, or the ICT face model's mesh",
    )


def add_boxes_argument(parser: argparse.ArgumentParser) -> None:
    """Add --boxes, a file that replaces detection."""
    parser.add_argument("--boxes", type=Path, metavar="FILE.json", help="file name → [[left, top, right, bottom], …]")


def add_model_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the arguments that choose the networks and where they run."""
    parser.add_argument("--model", default=DEFAULT_BUNDLE, metavar="NAME|DIR", help="model bundle (%(default)s)")
    parser.add_argument("--engine", choices=("auto", *ENGINES), default="auto")
    parser.add_argument("--device", choices=("auto", "cpu", "cuda"), default="auto")
    parser.add_argument(
        "--iterations",
        type=count,
        metavar="N",
        help="looks of --model iterative at a photo, each correcting the last (3)",
    )
    parser.add_argument("--lens", type=lens, default=AUTO, help=f"{FORMS} (%(default)s)")
    parser.add_argument("--detector", choices=("auto", *DETECTORS), default="auto", help="face-alignment may download")


def add_formats_argument(parser: argparse.ArgumentParser, names: Iterable[str]) -> None:
    """Add --formats, None if it is not given; see DEFAULT_FORMATS."""
    parser.add_argument("--formats", type=formats, metavar="A,B", help=f"{','.join(names)} (npz)")


def settings_of(args: argparse.Namespace) -> RunSettings:
    """Return the settings of a run from its arguments. Raises UsageError if the boxes cannot be read, or if arguments
    contradict each other."""
    formats = args.formats or DEFAULT_FORMATS
    if args.mesh == "grid":
        if unfit := [name for name in formats if name not in {**EXPORTERS, **PICTURE_FORMATS}]:
            message = f"{', '.join(unfit)} is a format of whole heads"
            raise UsageError(message, remedy="Leave --mesh grid out, or choose another format")
        for name in ("even_light", "detail"):
            if getattr(args, name):
                message = f"--{name.replace('_', '-')} is for the skin of a whole head"
                raise UsageError(message, remedy="Leave it out, or choose another --mesh")
    return RunSettings(
        args.faces,
        args.model,
        args.engine,
        args.device,
        args.detector,
        formats,
        args.mesh,
        thumbnails=args.sheet,
        boxes=read_boxes(args.boxes) if args.boxes else {},
        lens=args.lens,
        even_light=args.even_light,
        detail=args.detail,
        iterations=args.iterations,
    )


def lens(text: str) -> str:
    """Check a lens, see nets.capture.lens."""
    try:
        return Lens(text).text
    except UsageError as error:
        raise argparse.ArgumentTypeError(str(error)) from None


def shard(text: str) -> Shard:
    """Parse a part of a listing such as 2/8."""
    index, _, total = text.partition("/")
    if not (index.isdecimal() and total.isdecimal() and 1 <= int(index) <= int(total)):
        raise argparse.ArgumentTypeError(f"{text} is not a part such as 2/8")
    return Shard(int(index), int(total))


def formats(text: str) -> tuple[str, ...]:
    """Parse a list of file formats such as npz,obj."""
    names = tuple(name.strip().lower() for name in text.split(",") if name.strip())
    unknown = sorted(set(names) - set(FORMATS))
    if unknown or not names:
        raise argparse.ArgumentTypeError(f"unknown format {','.join(unknown)}: choose from {','.join(FORMATS)}")
    return names


def fraction(text: str) -> float:
    """Parse a number from 0 to 1."""
    value = float(text)
    if not 0 <= value <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not from 0 to 1")
    return value


def count(text: str) -> int:
    """Parse a whole number from 1 up."""
    if not text.isdigit() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number from 1 up")
    return int(text)
