# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets train-expressions`: train what reads expressions and gaze from close views, and fit its blend."""

import argparse
from dataclasses import fields
from pathlib import Path

from nets.model.bundle import DEFAULT_BUNDLE, WEIGHTS_FOLDER
from nets.topology.face_model import REPOSITORY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=60, help="length of this run; the rate falls towards its end")
    parser.add_argument("--start", type=Path, default=WEIGHTS_FOLDER / DEFAULT_BUNDLE, help="bundle to start from")
    parser.add_argument(
        "--run", type=Path, default=REPOSITORY / "runs/expressions", help="folder of state, log, bundle"
    )
    parser.add_argument("--buffer", type=Path, default=REPOSITORY / "data/faces", help="folder of generated faces")
    parser.add_argument("--samples", type=int, default=4000, help="samples that the blend is fitted to")
    parser.add_argument("--batch", type=int, default=48)
    parser.add_argument("--rate", type=float, default=2e-3, help="highest learning rate")
    parser.add_argument("--face-model", type=Path, help="the face model's file")


def run(args: argparse.Namespace) -> int:
    from nets.lab.training.acting import ActingSettings, train

    train(ActingSettings(**{field.name: getattr(args, field.name) for field in fields(ActingSettings)}))
    return 0
