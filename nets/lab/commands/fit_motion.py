# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets fit-motion`: fit what reads ARKit's weights from the motion of a tracked face."""

import argparse
from pathlib import Path

from nets.lab.commands.series_options import add_series_options
from nets.performance.motion_reading import FILE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_series_options(parser, "series", 125, 50)
    parser.add_argument("--out", type=Path, default=FILE, help="file to write (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Draw the series that are not there yet, fit, print what the fit recovers, and write the file."""
    import torch

    from nets.io.files import make_folder, replace_npz
    from nets.lab.synth.generator import FaceGenerator
    from nets.lab.training.motion_reading import fit_motion_reading, write_series
    from nets.model.bundle import load_bundle
    from nets.topology.face_model import load_face_model

    torch.set_num_threads(1)
    generator = FaceGenerator(load_face_model(args.face_model))
    write_series(generator, args.series, args.shards)
    reading, figures = fit_motion_reading(load_bundle(args.model), generator, args.series)
    for name, (slope, correlation) in figures.items():
        print(f"{name:20} slope {slope:.2f}, correlation {correlation:.2f}")
    replace_npz(make_folder(args.out.parent) / args.out.name, vars(reading))
    print(f"written to {args.out}")
    return 0
