# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets train-detector`: train the face detector on composed scenes, or resume its training."""

import argparse
from dataclasses import fields
from pathlib import Path

from nets.model.bundle import WEIGHTS_FOLDER
from nets.topology.face_model import REPOSITORY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=30, help="length of this run; the rate falls towards its end")
    parser.add_argument("--start", type=Path, default=WEIGHTS_FOLDER / "detector", help="weights to start from")
    parser.add_argument("--run", type=Path, default=REPOSITORY / "runs/detector", help="folder of state, log, weights")
    parser.add_argument(
        "--bank", type=Path, default=REPOSITORY / "data/detector/cut-outs.npy", help="cut-out heads, made if missing"
    )
    parser.add_argument("--buffer", type=Path, default=REPOSITORY / "data/faces", help="generated faces for the bank")
    parser.add_argument("--cut-outs", type=int, default=12000, help="size of the bank")
    parser.add_argument("--batch", type=int, default=24)
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")


def run(args: argparse.Namespace) -> int:
    from nets.lab.detection_training.loop import DetectorSettings, train

    train(DetectorSettings(**{field.name: getattr(args, field.name) for field in fields(DetectorSettings)}))
    return 0
