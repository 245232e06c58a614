# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets check-accuracy`: measure a model's errors and compare them with the committed figures and others'."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from nets.errors import UsageError
from nets.lab.accuracy.blink import LABELS, check_real_blinks, check_synthetic_blinks
from nets.lab.accuracy.detection import check_detection
from nets.lab.accuracy.evaluated_model import EvaluatedModel, load_evaluated_model
from nets.lab.accuracy.figures import Committed, Section, text_of, write_record
from nets.lab.accuracy.head_distance import check_head_distance
from nets.lab.accuracy.head_mesh import check_head_mesh
from nets.lab.accuracy.held_out import draw_people, predict_people
from nets.lab.accuracy.merging import check_merging
from nets.lab.accuracy.performance import check_performance
from nets.lab.accuracy.real import check_real
from nets.lab.accuracy.scan import check_scan
from nets.lab.accuracy.scan_merging import check_scan_merging
from nets.lab.accuracy.shape import check_landmarks, check_shape
from nets.lab.training.photos import find_photos, load_photos
from nets.model.bundle import DEFAULT_BUNDLE
from nets.topology.face_model import FaceModelError, load_face_model

RECORD = "accuracy.json"  # in the model's folder
PEOPLE = 320


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--real", type=Path, metavar="DIR", help="photos, with AFLW2000-3D's .mat files")
    parser.add_argument("--eyes", type=Path, metavar="FILE", help=f"labels of eyes ({LABELS} in the photos' folder)")
    parser.add_argument("--scan", type=Path, metavar="FILE", help="a scanned head: .obj, .ply or .npz")
    parser.add_argument(
        "--scans", type=Path, metavar="DIR", help="scanned people, of whom photos are merged; only this"
    )
    parser.add_argument("--model", default=DEFAULT_BUNDLE, help="model bundle, by name or folder (%(default)s)")
    parser.add_argument("--engine", default="auto")
    parser.add_argument("--device", default="auto")
    parser.add_argument("--detector", default="auto")
    parser.add_argument("--json", type=Path, default=Path("out") / RECORD, metavar="FILE", help="(%(default)s)")
    parser.add_argument("--record", action="store_true", help=f"keep the figures as the committed ones ({RECORD})")


def run(args: argparse.Namespace) -> int:
    evaluated = load_evaluated_model(args.model, args.engine, args.device, args.detector)
    record = evaluated.bundle.folder / RECORD
    committed = Committed.read(record)
    about = {
        "model": evaluated.bundle.name,
        "weights": evaluated.weights,
        "engine": f"{evaluated.engine.name} on {evaluated.engine.device}",
    }
    print(", ".join(f"{key} {value}" for key, value in about.items()) + "\n")
    sections = []
    for section in measure(evaluated, args):
        print(text_of(section, committed), flush=True)
        sections.append(section)
    if not sections:
        raise UsageError("there is nothing to measure on", remedy="Give --real DIR, --scan FILE or --scans DIR")
    write_record(args.json, about, sections)
    if args.record:
        write_record(record, about, sections)
    return 0


def measure(evaluated: EvaluatedModel, args: argparse.Namespace) -> Iterator[Section]:
    """Yield a section for each check that there is material for."""
    if args.scans:
        yield check_scan_merging(evaluated, args.scans)
        return
    folder = find_photos(args.real)
    photos = load_photos(folder) if folder else []
    if photos:
        yield check_real(evaluated, photos)
        yield check_detection(evaluated, photos)
    labels = args.eyes or (folder / LABELS if folder else None)
    if labels and (args.eyes or labels.is_file()):
        yield check_real_blinks(evaluated, labels)
    try:
        model = load_face_model()
    except FaceModelError as error:
        print(f"No synthetic faces: {error}\n")
    else:
        people = draw_people(model, PEOPLE, evaluated.bundle.input_size)
        predictions = predict_people(evaluated, people)
        yield check_landmarks(evaluated, people, predictions)
        yield check_shape(evaluated, people, predictions, model)
        yield check_synthetic_blinks(evaluated, people, predictions, model)
        if predictions.expression.shape[1]:
            yield check_performance(evaluated, people, predictions)
        yield check_merging(evaluated, model)
        if evaluated.bundle.layout.model_vertices is not None:
            yield check_head_distance(evaluated, model)
            yield check_head_mesh(evaluated.bundle.layout)
    if args.scan:
        yield check_scan(evaluated, args.scan)
