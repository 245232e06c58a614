# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets bench`: measure what each stage costs on one thread. Compare ratios, not machines."""

from __future__ import annotations

import argparse
import os
import tempfile
from pathlib import Path

from nets.model.bundle import DEFAULT_BUNDLE, load_bundle

RECORD = "bench.json"  # beside the model
AGAINST_MEDIAPIPE = {
    "a photo, against MediaPipe's static mode": ("find the face (detect, look, judge)", "MediaPipe FaceMesh, static"),
    "a frame, onnx, against its video mode": ("a frame of a video, onnx", "MediaPipe FaceMesh, video"),
    "a frame, onnx-int8, against the same": ("a frame of a video, onnx-int8", "MediaPipe FaceMesh, video"),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--model", default=DEFAULT_BUNDLE, help="name or folder of the model (%(default)s)")
    parser.add_argument("--rounds", type=int, default=25, help="times that each work is done (%(default)s)")
    parser.add_argument("--record", action="store_true", help=f"keep the times as the committed ones ({RECORD})")


def run(args: argparse.Namespace) -> int:
    os.environ.setdefault("OMP_NUM_THREADS", "1")  # before bench() imports the engines
    with tempfile.TemporaryDirectory() as folder:
        bench(load_bundle(args.model), args.rounds, Path(folder), args.record)
    return 0


def bench(bundle, rounds: int, folder: Path, keep: bool) -> None:
    import cv2

    from nets.capture.capturer import CaptureOptions, Capturer
    from nets.errors import EngineError
    from nets.lab.benchmark import stages
    from nets.lab.benchmark.facemesh import MediaPipe
    from nets.lab.benchmark.record import ratios, read_record, table, write_record
    from nets.lab.benchmark.timing import FRAMES, processor_ms, take_turns
    from nets.model.engines import choose_engine
    from nets.model.processor import processor

    cv2.setNumThreads(1)
    file, photo = stages.make_photo(folder)
    engines, no_engines = stages.load_engines(bundle)
    chosen = choose_engine("cpu", bundle.graphs)
    detection, no_detection = stages.detector_works(photo)
    generation, no_generation = stages.generation_works()
    capturer = Capturer(engines[chosen], bundle.layout, bundle.input_size, CaptureOptions())
    (estimate, *_) = capturer.find(photo)
    works = stages.capture_works(capturer, estimate, file, photo) | detection
    works |= stages.network_works(bundle, engines) | generation
    videos = stages.video_works(bundle, engines, photo, estimate.box)
    timed = {name: processor_ms(work) for name, work in works.items()}
    timed |= {name: processor_ms(work, FRAMES) for name, work in videos.items()}
    absent = no_engines + no_detection + no_generation
    peer = None
    try:
        peer = MediaPipe(file)
        timed |= peer.works()
    except EngineError as error:
        absent.append(f"MediaPipe FaceMesh: not measured, {error}")
    timings = take_turns(timed, rounds)
    if peer:
        peer.close()

    where, committed = read_record(bundle.folder / RECORD)
    print(f"{processor()}, one thread, processor time; {rounds} rounds of all in turn; model {bundle.name}")
    print(f"photo of {photo.shape[1]} x {photo.shape[0]}, videos of {FRAMES} frames; engine {chosen} unless named")
    print(table(timings, where, committed))
    for line in (*ratios(timings, AGAINST_MEDIAPIPE), *absent):
        print(line)
    if keep:
        write_record(bundle.folder / RECORD, timings)
