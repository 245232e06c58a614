# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets fit-pictures`: fit how far the comparison of frames with the person's rest is believed."""

import argparse

from nets.lab.commands.series_options import add_series_options
from nets.performance.picture_reading import FILE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_series_options(parser, "clips", 20, FILE)


def run(args: argparse.Namespace) -> int:
    """Draw the series that are not there yet, fit, print what pictures add, and write the file."""
    from nets.capture.capturer import CaptureOptions, Capturer
    from nets.io.files import make_folder, replace_npz
    from nets.lab.synth.generator import FaceGenerator
    from nets.lab.synth.series import write_shards
    from nets.lab.training.picture_reading import PICTURES, SEED, SHARD_SERIES, fit_picture_reading
    from nets.model.bundle import load_bundle
    from nets.model.engines import load_engine
    from nets.topology.arkit import NAMES
    from nets.topology.face_model import load_face_model

    generator = FaceGenerator(load_face_model(args.face_model))
    write_shards(generator, args.series, args.shards, SEED, SHARD_SERIES, PICTURES)
    bundle = load_bundle(args.model)
    engine = load_engine(bundle, "auto", "cpu")
    capturer = Capturer(engine, bundle.layout, bundle.input_size, CaptureOptions(texture_size=64))
    reading, tables = fit_picture_reading(capturer, args.series)
    for k, name in enumerate(NAMES):
        each = (f"with {how} slope {table[k, 0]:.2f}, correlation {table[k, 1]:.2f}" for how, table in tables.items())
        print(f"{name:20}", "; ".join(each))
    replace_npz(make_folder(args.out.parent) / args.out.name, vars(reading))
    print(f"written to {args.out}")
    return 0
