# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets make-head`: draws the project's own head and learns its shapes from the face model's people.

Then it takes the skin out of itself where it crosses; `--mend` does only that, to a head that was made before.
"""

import argparse
from pathlib import Path

from nets.topology.own_head import FILE


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the command's options."""
    parser.add_argument("--face-model", type=Path, help="the face model's file, which the shapes are learned from")
    parser.add_argument("--mend", type=Path, metavar="FILE", help="mend a head's file instead of drawing a head")
    parser.add_argument("--out", type=Path, default=FILE, help="file to write (default: %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Write the head's file."""
    from nets.lab.head.blendshape_maps import blendshape_maps
    from nets.lab.head.build import build_head
    from nets.lab.head.untangling import untangle_head
    from nets.model.bundle import load_bundle
    from nets.topology.face_model import load_face_model
    from nets.topology.own_head import read_own_head, save_own_head

    if args.mend:
        arrays = read_own_head(args.mend)
    else:
        model = load_face_model(args.face_model)
        arrays = build_head(model) | {"blendshape_maps": blendshape_maps(model, load_bundle().layout)}
    arrays = untangle_head(arrays)
    save_own_head(args.out, arrays)
    print(f"{len(arrays['neutral'])} vertices, {len(arrays['identity'])} components written to {args.out}")
    return 0
