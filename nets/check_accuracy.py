# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets.check_accuracy`: how good the committed weights are, in a table that anyone can make again.

Real photos go through the whole path (crop by the benchmark's protocol, network, its mirror image); held-out synthetic
people, where the face model is installed, tell how much of a person's own shape is found.
"""

import argparse
import sys
from itertools import pairwise

import numpy as np

from nets.environment import prepare

PUBLISHED = (
    "PRN 3.26 (2D, all of AFLW2000-3D, published); MediaPipe FaceMesh 5.04 (2D) and 6.79 (3D) on 16 of its photos"
)
HELD_OUT_FACES = 200
YAW_BINS = (0, 30, 60, 91)


def main() -> int:
    prepare()
    parser = argparse.ArgumentParser(prog="python -m nets.check_accuracy", description=__doc__)
    parser.add_argument("--real", metavar="DIR", help="folder of photos with AFLW2000-3D's .mat files beside them")
    parser.add_argument("--model", default="compact", help="model bundle, by name or folder")
    args = parser.parse_args()
    measured = [check_photos(args.model, args.real), check_synthetic(args.model)]
    if not any(measured):
        print("Nothing to measure on: give --real DIR, or install the face model", file=sys.stderr)
    return 0 if any(measured) else 1


def check_photos(model: str, folder: str | None) -> bool:
    """Prints a row per photo and per yaw bin, and how many faces are found without boxes."""
    from nets.bundle import load_bundle
    from nets.capture import CaptureOptions, Capturer
    from nets.crop import landmark_box
    from nets.detection.candidate import overlap
    from nets.engines import load_engine
    from nets.errors import NoFaceError
    from nets.training.photos import aligned_error, error_2d, error_3d, find_photos, load_photos

    found = find_photos(folder)
    photos = load_photos(found) if found else []
    if not photos:
        return False
    bundle = load_bundle(model)
    capturer = Capturer(load_engine(bundle), bundle.layout, bundle.input_size, CaptureOptions(faces="all"))
    print(f"Real photos, errors in % of the landmark box ({PUBLISHED})")
    print(f"{'photo':<16}{'yaw':>6}{'2D':>8}{'3D':>8}{'aligned':>9}{'conf.':>7}  found without a box")
    rows = []
    for photo in photos:
        box = landmark_box(photo.landmarks)
        sighting = capturer.find(photo.pixels, [box])[0]
        errors = [error(sighting.landmarks, photo.landmarks) for error in (error_2d, error_3d, aligned_error)]
        try:
            hit = overlap(box, np.stack([other.box for other in capturer.find(photo.pixels)])).max() > 0.5
        except NoFaceError:
            hit = False
        yaw = abs(np.degrees(photo.yaw))
        rows.append([yaw, *errors, hit])
        cells = "".join(f"{error:8.2f}" for error in errors)
        print(f"{photo.name:<16}{yaw:6.0f}{cells}{sighting.confidence:8.2f}  {'yes' if hit else 'no'}")
    table = np.array(rows, float)
    for low, high in [*pairwise(YAW_BINS), (0, 91)]:
        part = table[(table[:, 0] >= low) & (table[:, 0] < high)]
        if len(part):
            cells = "".join(f"{value:8.2f}" for value in part[:, 1:4].mean(0))
            print(f"{f'{len(part)} with yaw {low}-{high - 1}':<22}{cells}   found {part[:, 4].mean():.0%}")
    print_committed(bundle.record, "real")
    return True


def check_synthetic(model: str) -> bool:
    """Prints the errors on people that no training run draws."""
    import torch

    from nets.bundle import load_bundle
    from nets.face_model import FaceModelError, load_face_model
    from nets.networks.loading import load_network
    from nets.synth.buffer import HELD_OUT_SHARD, draw_records
    from nets.synth.generator import FaceGenerator
    from nets.training.batches import held_out_samples
    from nets.training.evaluation import measure_synthetic
    from nets.training.targets import CoarseModel

    try:
        face_model = load_face_model()
    except FaceModelError as error:
        print(f"\nNo synthetic measurement: {error}")
        return False
    bundle = load_bundle(model)
    torch.set_num_threads(1)
    generator = FaceGenerator(face_model)
    records = draw_records(generator, HELD_OUT_SHARD, HELD_OUT_FACES)
    coarse = CoarseModel(face_model, generator.chart, bundle.layout.weights)
    samples = held_out_samples(records, bundle.input_size)
    errors = measure_synthetic(load_network(bundle).eval(), samples["image"], coarse.truth(samples), coarse)
    print(
        f"\nSynthetic faces of {len(samples['image'])} people not trained on, one look, errors in % of the landmark box"
    )
    print("  ".join(f"{name} {value:.3f}" for name, value in errors.items()))
    print_committed(bundle.record, "synthetic")
    return True


def print_committed(record: dict, kind: str) -> None:
    errors = {name: value for name, value in record.get("errors", {}).items() if name.startswith(kind)}
    print("as committed, one look: " + "  ".join(f"{name.removeprefix(kind + ' ')} {v}" for name, v in errors.items()))


if __name__ == "__main__":
    sys.exit(main())
