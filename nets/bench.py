# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets.bench`: what each stage costs on this machine, one thread, medians. Compare ratios, not machines."""

import argparse
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from nets.environment import prepare


def median_ms(work: Callable[[], object], repeats: int = 15) -> float:
    work()
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        work()
        times.append((time.perf_counter() - start) * 1e3)
    return float(np.median(times))


def main() -> int:
    prepare()
    argparse.ArgumentParser(prog="python -m nets.bench", description=__doc__).parse_args()
    cv2.setNumThreads(1)
    bench_capture()
    bench_generation()
    return 0


def bench_capture() -> None:
    from skimage.data import astronaut

    from nets.bundle import load_bundle
    from nets.capture import CaptureOptions, Capturer
    from nets.engines import load_engine
    from nets.photo import read_photo

    start = time.perf_counter()
    bundle = load_bundle()
    engine = load_engine(bundle, device="cpu")
    capturer = Capturer(engine, bundle.layout, bundle.input_size, CaptureOptions())
    print(f"load the model                         {(time.perf_counter() - start) * 1e3:8.1f} ms (once)")
    photo = astronaut()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "astronaut.png"
        cv2.imwrite(str(path), photo[..., ::-1])
        print(f"read a photo of 512 x 512              {median_ms(lambda: read_photo(path)):8.1f} ms")
    print(f"find its face (detector and network)   {median_ms(lambda: capturer.find(photo), 5):8.1f} ms")
    sighting = capturer.find(photo)[0]
    given = median_ms(lambda: capturer.find(photo, [sighting.box]))
    print(f"look at a given box                    {given:8.1f} ms")
    for count in (1, 16):
        crops = np.random.default_rng(0).integers(0, 255, (count, bundle.input_size, bundle.input_size, 3), np.uint8)
        each = median_ms(lambda crops=crops: engine.predict(crops)) / count
        print(f"network pass, {engine.name}, batch of {count:<2}          {each:8.1f} ms a face")
    print(f"mesh, visibility, texture of 1024      {median_ms(lambda: capturer.build(photo, sighting), 5):8.1f} ms")


def bench_generation(count: int = 60) -> None:
    from nets.face_model import FaceModelError, load_face_model
    from nets.synth.generator import FaceGenerator

    try:
        generator = FaceGenerator(load_face_model())
    except FaceModelError as error:
        print(f"draw synthetic faces: not measured, {error}")
        return
    rng = np.random.default_rng(0)
    generator.draw(rng)
    start = time.perf_counter()
    for _ in range(count):
        generator.draw(rng)
    print(f"draw a synthetic face                  {(time.perf_counter() - start) * 1e3 / count:8.1f} ms, one process")


if __name__ == "__main__":
    sys.exit(main())
