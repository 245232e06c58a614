# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets take-part`: put parts of one face's texture into another's."""

from __future__ import annotations

import argparse
from pathlib import Path

import cv2
import numpy as np

from nets.capture.mesh_formats import encode_png
from nets.capture.texture_parts import PARTS, union
from nets.errors import UsageError
from nets.geometry.uv_layout import SIZE
from nets.io.files import make_folder, replace_file
from nets.io.photo import read_photo
from nets.io.results import read_result
from nets.model.bundle import DEFAULT_BUNDLE, load_bundle
from nets.topology.head_parts import GRID, check_parts, masks_on, take_from
from nets.topology.textured_head import part_names, texture_key


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("result", type=Path, metavar="FILE.npz", help="the face to change, as reconstruct wrote it")
    parser.add_argument("--source", type=Path, required=True, metavar="FILE.npz", help="the face that parts come from")
    parser.add_argument("--parts", required=True, metavar="A,B", help=",".join(PARTS))
    parser.add_argument("--mask", type=Path, metavar="FILE.png", help="a changed mask.png, in place of the parts' own")
    parser.add_argument("--out", required=True, metavar="DIR", help="folder of the changed textures and mask.png")
    parser.add_argument("--model", default=DEFAULT_BUNDLE, metavar="NAME|DIR", help="model bundle (%(default)s)")


def run(args: argparse.Namespace) -> int:
    parts = [name.strip() for name in args.parts.split(",")]
    check_parts(parts)
    (own, topology), (source, source_topology) = (textures_of(path) for path in (args.result, args.source))
    masks = masks_on(topology, load_bundle(args.model).layout)
    chosen = {part: masks[part] for part in parts}
    if args.mask:
        drawn = cv2.resize(read_photo(args.mask)[..., 0], (SIZE, SIZE), interpolation=cv2.INTER_AREA)
        chosen = dict.fromkeys(parts, drawn.astype(np.float32) / 255)
    out = make_folder(args.out)
    for name, texture in take_from(own, topology, source, source_topology, chosen).items():
        replace_file(out / f"{name}.png", encode_png(texture))
    size = len(own["skin"])
    mask = cv2.resize(union(chosen.values()), (size, size), interpolation=cv2.INTER_LINEAR)
    replace_file(out / "mask.png", encode_png(np.uint8(np.clip(mask, 0, 1) * 255 + 0.5)))
    return 0


def textures_of(path: Path) -> tuple[dict[str, np.ndarray], str]:
    """Return the textures of a result file by the name of their part, and the topology of its mesh."""
    arrays = read_result(path)
    if "texture" not in arrays:
        raise UsageError("not the result of a photo", path, "Choose a .npz file that reconstruct has written")
    keys = {name: texture_key(name) for name in part_names(arrays)}
    textures = {name: arrays[key] for name, key in keys.items() if key in arrays}
    return textures, str(arrays["mesh"]) if "mesh" in arrays else GRID
