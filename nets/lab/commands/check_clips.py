# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets check-clips`: measure the jitter, the lag and the weights of baked clips."""

from __future__ import annotations

import argparse
from importlib.util import find_spec
from pathlib import Path

from nets.capture.capturer import CaptureOptions, Capturer
from nets.io.photo import read_photo
from nets.lab.accuracy.acting import check_acting
from nets.lab.accuracy.clips import ClipBaker, check_still, check_turn, check_weights
from nets.lab.synth.actor import Actor
from nets.lab.synth.generator import FaceGenerator
from nets.model.bundle import DEFAULT_BUNDLE, load_bundle
from nets.model.engines import load_engine
from nets.topology.face_model import load_face_model

ACTORS, ACTING = (1, 5), 14  # seeds; number of people who act at random


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("photos", nargs="*", type=Path, help="photos to play; without any the synthetic clips only")
    parser.add_argument("--model", default=DEFAULT_BUNDLE, help="model bundle, by name or folder (%(default)s)")
    parser.add_argument("--engine", default="auto")


def run(args: argparse.Namespace) -> int:
    bundle = load_bundle(args.model)
    engine = load_engine(bundle, args.engine, "cpu")
    capturer = Capturer(engine, bundle.layout, bundle.input_size, CaptureOptions(texture_size=64))
    baker = ClipBaker(bundle, capturer)
    for photo in args.photos:
        check_still(baker, read_photo(photo), photo.name)
    generator = FaceGenerator(load_face_model())
    for seed in ACTORS:
        actor = Actor(generator, seed)
        check_turn(baker, actor, f"actor {seed}")
        check_weights(baker, actor, f"actor {seed}")
    check_acting(baker, generator, ACTING)
    if find_spec("resource"):  # Windows has no such module
        from resource import RUSAGE_SELF, getrusage

        peak = getrusage(RUSAGE_SELF).ru_maxrss / 1024
        print(f"peak memory {peak:.0f} MB, the drawing of the clips included")
    return 0
