# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets render-over`: what was painted or sculpted of a head goes back over its photo or clip."""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from nets.capture.capturer import CaptureOptions, Capturer
from nets.capture.mesh_formats import encode_png
from nets.capture.render_over import plain_view, render_over
from nets.commands.arguments import add_model_arguments
from nets.errors import UsageError
from nets.io.files import make_folder, replace_file
from nets.io.photo import read_photo
from nets.io.pictures import expand, read_pictures
from nets.io.results import read_result
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine
from nets.performance.edited_clip import render_over_clip
from nets.topology.edited_head import with_mesh, with_textures
from nets.topology.textured_head import PhotoHead, part_names, pose_of


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="PHOTO|CLIP", help="the photo, movie or folder that was captured")
    parser.add_argument("--result", type=Path, required=True, metavar="FILE.npz", help="what reconstruct wrote of it")
    parser.add_argument(
        "--texture",
        action="append",
        default=[],
        metavar="[PART=]FILE",
        help="a changed texture; the skin's without PART",
    )
    parser.add_argument("--mesh", type=Path, metavar="FILE.obj", help="a photo's changed mesh, as --formats obj has it")
    parser.add_argument("--out", type=Path, required=True, metavar="FILE.png|DIR", help="a folder for a clip's frames")
    add_model_arguments(parser)


def run(args: argparse.Namespace) -> int:
    arrays = read_result(args.result)
    if "basis" in arrays:
        change_clip(args, arrays)
    else:
        change_photo(args, arrays)
    return 0


def change_photo(args: argparse.Namespace, arrays: dict[str, np.ndarray]) -> None:
    """Write the photo with the changes of its head. Raises UsageError, UnreadableError or OutputError."""
    photo = read_photo(args.source)
    try:
        captured, pose = PhotoHead.of_result(arrays), pose_of(arrays)
    except (KeyError, ValueError) as error:
        raise UsageError(f"not the result of a photo ({error})", args.result, "Capture the photo again") from None
    if (photo.shape[1], photo.shape[0]) != captured.head.mesh.image_size:
        raise UsageError("the photo has another size than the one that was captured", args.source)
    head = with_textures(captured.head, part_names(arrays), args.texture)
    if args.mesh:
        head = with_mesh(head, args.mesh, pose)
    changed = render_over(photo, head, captured.head, plain_view(head.mesh, captured.in_view))
    replace_file(args.out, encode_png(changed))


def change_clip(args: argparse.Namespace, arrays: dict[str, np.ndarray]) -> None:
    """Write the frames of the clip with the changed texture. Raises UsageError, UnreadableError or OutputError."""
    if args.mesh or len(args.texture) != 1:
        raise UsageError("a clip takes one --texture, that of its performance, and no --mesh", args.source)
    bundle = load_bundle(args.model)
    engine = load_engine(bundle, args.engine, args.device)
    capturer = Capturer(engine, bundle.layout, bundle.input_size, CaptureOptions())
    frames = render_over_clip(read_pictures(expand([args.source])), arrays, read_photo(args.texture[0]), capturer)
    out = make_folder(args.out)
    for number, frame in enumerate(frames):
        replace_file(out / f"{number:06d}.png", encode_png(frame))
