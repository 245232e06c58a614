# SPDX-License-Identifier: GPL-3.0-or-later
"""The stages of a capture on one photo, each as a function to be timed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
from skimage.data import astronaut

from nets.capture.capturer import Capturer, FaceEstimate
from nets.errors import CaptureError
from nets.geometry.crop import Crop, landmark_box
from nets.io.photo import read_photo
from nets.model.bundle import Bundle
from nets.model.detection import DETECTORS, choose_detector
from nets.model.engines import ENGINES, Engine, load_engine

BATCH = 16
Works = dict[str, Callable[[], object]]


def make_photo(folder: Path) -> tuple[Path, np.ndarray]:
    """Write a portrait of 640 x 480 pixels. Returns the file and its pixels (480, 640, 3) uint8."""
    portrait = cv2.resize(astronaut(), (480, 480), interpolation=cv2.INTER_AREA)
    photo = cv2.copyMakeBorder(portrait, 0, 0, 80, 80, cv2.BORDER_REPLICATE)
    file = folder / "portrait.png"
    cv2.imwrite(str(file), photo[..., ::-1])
    return file, photo


def load_engines(bundle: Bundle) -> tuple[dict[str, Engine], list[str]]:
    """Return the engines that run here on the CPU, and why the others do not."""
    engines, absent = {}, []
    for name in ENGINES:
        try:
            engines[name] = load_engine(bundle, name, "cpu")
        except CaptureError as error:
            absent.append(f"engine {name}: not measured, {error}")
    return engines, absent


def network_works(bundle: Bundle, engines: dict[str, Engine]) -> Works:
    """Return single passes and batches of each engine."""
    works: Works = {}
    size = bundle.input_size
    crops = np.random.default_rng(0).integers(0, 255, (BATCH, size, size, 3), np.uint8)
    for name, engine in engines.items():
        works[f"network, {name}"] = lambda engine=engine: engine.predict(crops[:1])
        works[f"network, {name}, batch of {BATCH}"] = lambda engine=engine: engine.predict(crops)
    return works


def video_works(bundle: Bundle, engines: dict[str, Engine], photo: np.ndarray, box: np.ndarray) -> Works:
    """Return the work of a frame of a video: crop around the last landmarks, pass, landmarks."""
    return {
        f"a frame of a video, {name}": lambda engine=engine: _next_frame(engine, bundle, photo, box)
        for name, engine in engines.items()
    }


def capture_works(capturer: Capturer, estimate: FaceEstimate, file: Path, photo: np.ndarray) -> Works:
    """Return the stages from the file to the textured mesh of a face."""
    return {
        "read the photo": lambda: read_photo(file),
        "find the face (detect, look, judge)": lambda: capturer.find(photo),
        "look at a given box": lambda: capturer.find(photo, [estimate.box]),
        "mesh, visibility, texture of 1024": lambda: capturer.build(photo, estimate),
    }


def detector_works(photo: np.ndarray) -> tuple[Works, list[str]]:
    """Return the first round of candidates of each built-in detector, and why others are missing."""
    works, absent = {}, []
    for name in DETECTORS:
        if name == "face-alignment":  # it may want to download its weights
            continue
        try:
            next(choose_detector(name)(photo))
        except CaptureError as error:
            absent.append(f"detect, {name}: not measured, {error}")
        else:
            works[f"detect, {name}"] = lambda name=name: next(choose_detector(name)(photo))
    return works, absent


def generation_works() -> tuple[Works, list[str]]:
    """Return the drawing of a synthetic face, or why it cannot be timed."""
    from nets.lab.synth.generator import FaceGenerator
    from nets.topology.face_model import FaceModelError, load_face_model

    try:
        generator, rng = FaceGenerator(load_face_model()), np.random.default_rng(0)
    except FaceModelError as error:
        return {}, [f"draw a synthetic face: not measured, {error}"]
    return {"draw a synthetic face": lambda: generator.draw(rng)}, []


def _next_frame(engine: Engine, bundle: Bundle, photo: np.ndarray, box: np.ndarray) -> np.ndarray:
    crop = Crop.around(box, bundle.input_size)
    prediction = engine.predict(crop.extract(photo)[None])
    return landmark_box(crop.to_image(bundle.layout.landmarks_of(prediction.position_maps[0])))
