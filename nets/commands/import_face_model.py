# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets import-face-model`: make the face model's file from a checkout of ICT-FaceKit."""

import argparse
from pathlib import Path

from nets.topology.face_model import FILE_NAME, REPOSITORY
from nets.topology.import_ict import OBJECTS, import_face_model


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="PATH_TO_ICT_FACEKIT", help="a checkout, or its FaceXModel folder")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "data/face_model", help="folder to write to")


def run(args: argparse.Namespace) -> int:
    from tqdm import tqdm

    for _ in tqdm(import_face_model(args.source, args.out), total=len(OBJECTS), unit="shape"):
        pass
    print(f"wrote {args.out / FILE_NAME}")
    return 0
