# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets make-head`: draws the project's own head and learns its shapes from the face model's people."""

import argparse
from pathlib import Path

from nets.topology.own_head import FILE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--face-model", type=Path, help="the face model's file, which the shapes are learned from")
    parser.add_argument("--out", type=Path, default=FILE, help="file to write (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Write the head's file."""
    from nets.lab.head.build import build_head
    from nets.topology.face_model import load_face_model
    from nets.topology.own_head import save_own_head

    arrays = build_head(load_face_model(args.face_model))
    save_own_head(args.out, arrays)
    print(f"{len(arrays['neutral'])} vertices, {len(arrays['identity'])} components written to {args.out}")
    return 0
