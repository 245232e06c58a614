# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets live`: follow the face before a camera, or in a clip that plays as a camera would."""

from __future__ import annotations

import argparse
from pathlib import Path
from time import monotonic

import numpy as np

from nets.capture.capturer import CaptureOptions, Capturer
from nets.commands.arguments import add_model_arguments
from nets.errors import NoFaceError, UnreadableError
from nets.live.live_tracking import follow
from nets.live.picture_sources import camera_names, opened
from nets.live.recording import LiveTake
from nets.model.bundle import load_bundle
from nets.model.engines import load_engine

SHOW_EVERY = 1.0  # seconds between two lines about what is seen


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--camera", metavar="NUMBER|CLIP", help="a camera's number, or a clip; without it, list cameras"
    )
    parser.add_argument("--csv", type=Path, metavar="FILE", help="save the take for Live Link Face when it ends")
    parser.add_argument("--keep", type=Path, metavar="FILE.mp4", help="also keep the camera's pictures, as a movie")
    parser.add_argument("--rate", type=float, default=30.0, help="frames per second of the file (%(default)s)")
    parser.add_argument("--seconds", type=float, help="length of the take; without it, until Ctrl-C or the clip's end")
    add_model_arguments(parser)


def run(args: argparse.Namespace) -> int:
    if args.camera is None:
        for number, name in enumerate(camera_names()):
            if name:
                print(f"{number}  {name}")
        return 0
    source = int(args.camera) if args.camera.isdigit() else [Path(args.camera)]
    bundle = load_bundle(args.model)
    engine = load_engine(bundle, args.engine, args.device, iterations=args.iterations)
    options = CaptureOptions(density="light", detector=args.detector)
    capturer = Capturer(engine, bundle.layout, bundle.input_size, options)
    take, delays, shown = LiveTake(), [], monotonic()
    with opened(source, args.keep) as latest:
        try:
            begun = monotonic()
            for face in follow(latest, capturer, lambda: bool(args.seconds) and monotonic() - begun > args.seconds):
                take.add(face)
                delays.append(face.delay)
                if monotonic() - shown > SHOW_EVERY:
                    shown = monotonic()
                    print(
                        f"{face.time:7.1f} s  confidence {face.confidence:.2f}  {1e3 * face.delay:.0f} ms", flush=True
                    )
        except KeyboardInterrupt:
            print()
    if not delays:
        raise UnreadableError("no picture came", Path(args.camera), "Look whether it is a camera or a clip that plays")
    if not len(take):
        raise NoFaceError("no face was seen", Path(args.camera), "Come nearer, and into the light")
    median, late = (1e3 * float(np.percentile(delays, share)) for share in (50, 95))
    print(
        f"{len(take)} of {len(delays)} pictures show a face; delay {median:.0f} ms, in 95 of 100 at most {late:.0f} ms"
    )
    if args.csv:
        take.save(args.csv, args.rate)
        print(f"written: {args.csv}")
    return 0
