# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets prepare-300w-lp`: make training pairs, photo and position map, of 300W-LP's parameters."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from nets.errors import CaptureError, OutputError, UsageError
from nets.io.files import make_folder
from nets.lab.pairs.basel_model import load_basel_model
from nets.lab.pairs.files import map_of, write_pair
from nets.lab.pairs.photos_300w_lp import REMEDY, find_fitted_photos, make_pair, read_fitted_photo
from nets.model.bundle import LAYOUT, load_bundle
from nets.topology.face_model import REPOSITORY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="300W-LP, or a part of it")
    parser.add_argument("--bfm", type=Path, required=True, metavar="FILE", help="BFM.mat, as face3d makes it")
    parser.add_argument("--uv", type=Path, metavar="FILE", help="its BFM_UV.mat (default: beside BFM.mat)")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "data/pairs", metavar="DIR", help="(%(default)s)")


def run(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    if not args.folder.is_dir():
        raise UsageError("no such folder", args.folder, REMEDY)
    photos = list(find_fitted_photos(args.folder))
    if not photos:
        raise UsageError("there are no photos with parameters here", args.folder, REMEDY)
    model = load_basel_model(args.bfm, args.uv or args.bfm.with_name("BFM_UV.mat"))
    make_folder(args.out)
    model.layout(load_bundle().layout).save(args.out / LAYOUT)
    made = failed = 0
    for photo in tqdm(photos, unit=" pairs"):
        stem = (args.out / photo.relative_to(args.folder)).with_suffix("")
        if map_of(stem).exists():
            continue
        try:
            write_pair(stem, *make_pair(read_fitted_photo(photo, model), model))
            made += 1
        except OutputError:
            raise
        except CaptureError as error:
            failed += 1
            tqdm.write(f"left out: {error}", sys.stderr)
    there = len(photos) - made - failed
    print(f"{args.out}: {made} pairs made, {there} were there, {failed} photos left out")
    return 1 if failed else 0
