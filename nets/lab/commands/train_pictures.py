# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets train-pictures`: train the network that compares frames with the person's rest."""

import argparse
from dataclasses import fields
from pathlib import Path

from nets.lab.commands.series_options import add_series_options
from nets.performance.picture_reading import FOLDER
from nets.topology.face_model import REPOSITORY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    add_series_options(parser, "clips", 20, 230)
    parser.add_argument("--minutes", type=float, default=40, help="length of this run; the rate falls towards its end")
    parser.add_argument("--start", type=Path, default=FOLDER / "pictures.safetensors", help="weights to start from")
    parser.add_argument("--run", type=Path, default=REPOSITORY / "runs/pictures", help="folder of state, log, reading")
    parser.add_argument("--batch", type=int, default=64)
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")


def run(args: argparse.Namespace) -> int:
    """Draw the series that are not there yet, train, print what pictures add, and write the reading."""
    from nets.capture.capturer import CaptureOptions, Capturer
    from nets.lab.synth.generator import FaceGenerator
    from nets.lab.synth.series import write_shards
    from nets.lab.training.picture_reading import PictureSettings, train
    from nets.lab.training.picture_series import PICTURES, SEED, SHARD_SERIES
    from nets.model.bundle import load_bundle
    from nets.model.engines import load_engine
    from nets.performance.tracker import Tracker
    from nets.topology.arkit import NAMES
    from nets.topology.face_model import load_face_model

    generator = FaceGenerator(load_face_model(args.face_model))
    write_shards(generator, args.series, args.shards, SEED, SHARD_SERIES, PICTURES)
    bundle = load_bundle(args.model)
    engine = load_engine(bundle, "auto", "cpu")
    capturer = Capturer(engine, bundle.layout, bundle.input_size, CaptureOptions(texture_size=64))
    files = sorted(args.series.glob("series-*.npy"))
    settings = PictureSettings(**{field.name: getattr(args, field.name) for field in fields(PictureSettings)})
    tables = train(settings, Tracker(capturer, 25.0), files)
    for k, name in enumerate(NAMES):
        each = (f"with {how} slope {table[k, 0]:.2f}, correlation {table[k, 1]:.2f}" for how, table in tables.items())
        print(f"{name:20}", "; ".join(each))
    print(f"written to {args.run}")
    return 0
