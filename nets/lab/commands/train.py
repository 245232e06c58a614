# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets train`: train on synthetic faces or on pairs, or resume, and keep the best weights as a bundle."""

import argparse
from dataclasses import fields
from pathlib import Path

from nets.errors import UsageError
from nets.lab.training.architectures import TRAINING_TASKS
from nets.model.bundle import DEFAULT_BUNDLE, WEIGHTS_FOLDER
from nets.topology.face_model import REPOSITORY


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--minutes", type=float, default=120, help="length of this run; the rate falls towards its end")
    parser.add_argument("--network", choices=TRAINING_TASKS, default=DEFAULT_BUNDLE)
    parser.add_argument("--pairs", type=Path, metavar="DIR", help="train resfcn256 on the pairs in this folder instead")
    parser.add_argument("--uv-data", type=Path, metavar="DIR", help="PRN's Data/uv-data, for pairs in its layout")
    parser.add_argument("--start", type=Path, help="bundle to start from (default: the network's own, if there is one)")
    parser.add_argument(
        "--run", type=Path, help="folder of state, log, best bundle (default: runs/NETWORK or runs/pairs)"
    )
    parser.add_argument("--buffer", type=Path, default=REPOSITORY / "data/faces", help="folder of generated faces")
    parser.add_argument("--shards", type=int, default=400, help="size of the buffer, in shards of 500 faces")
    parser.add_argument("--generators", type=int, default=1, help="processes that draw faces during the run")
    parser.add_argument("--threads", type=int, default=1, help="threads of the network's arithmetic")
    parser.add_argument("--loaders", type=int, default=1, help="processes that make samples of the faces")
    parser.add_argument("--device", default="cpu", help="cpu, or cuda")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rate", type=float, default=1e-3, help="highest learning rate")
    parser.add_argument("--real", type=Path, help="folder of photos with truth to measure on")
    parser.add_argument("--face-model", type=Path, help="the face model's file")


def run(args: argparse.Namespace) -> int:
    if args.pairs:
        return _train_on_pairs(args)
    from nets.lab.training.loop import TrainingSettings, train

    options = {field.name: getattr(args, field.name) for field in fields(TrainingSettings)}
    options["run"] = args.run or REPOSITORY / "runs" / args.network
    options["start"] = args.start or WEIGHTS_FOLDER / args.network
    train(TrainingSettings(**options))
    return 0


def _train_on_pairs(args: argparse.Namespace) -> int:
    from nets.lab.pairs.training import ARCHITECTURE, PairTrainingSettings, train_on_pairs

    if args.network != ARCHITECTURE:
        raise UsageError(
            f"pairs teach whole position maps, which is the network {ARCHITECTURE}",
            None,
            f"Add --network {ARCHITECTURE}",
        )
    options = {field.name: getattr(args, field.name) for field in fields(PairTrainingSettings)}
    train_on_pairs(PairTrainingSettings(**options | {"run": args.run or REPOSITORY / "runs/pairs"}))
    return 0
