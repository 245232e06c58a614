# SPDX-License-Identifier: GPL-3.0-or-later
"""A growing buffer of synthetic faces on disk: generators add shards, and training reads them as they appear.

A shard is one .npy file of SHARD_FACES records, which readers map into memory. The data version and the shard's number
determine its faces, so that every machine draws the same ones.
"""

import multiprocessing
import os
import time
from pathlib import Path

import numpy as np

from nets.errors import UsageError
from nets.geometry.coarse_map import COARSE
from nets.io.files import replacing
from nets.lab.synth.face import STORED_SIZE, Camera, SyntheticFace
from nets.lab.synth.generator import FaceGenerator
from nets.topology.face_model import load_face_model

DATA_VERSION = 3  # raise when what is drawn changes
SHARD_FACES = 500
HELD_OUT_SHARD = 900_000  # a shard that no run trains on
EMPTY_SHARE = 0.06  # of the pictures, without a face
WAIT_SECONDS = 5

RECORD = np.dtype(
    [
        ("image", np.uint8, (STORED_SIZE, STORED_SIZE, 3)),
        ("canonical", np.float16, (COARSE, COARSE, 3)),
        ("landmarks", np.float32, (68, 3)),
        ("identity", np.float16, (100,)),
        ("expression", np.float16, (53,)),
        ("gaze", np.float16, (2, 2)),
        ("rotation", np.float32, (3, 3)),
        ("scale", np.float32),
        ("closeness", np.float32),  # the camera's inverse distance
        ("centre", np.float32, (2,)),
        ("visible", np.uint8, (COARSE * COARSE // 8,)),
        ("is_face", np.bool_),
    ]
)


def to_record(face: SyntheticFace) -> np.ndarray:
    """Return a face as one record () of dtype RECORD."""
    record = np.zeros((), RECORD)
    values = vars(face) | vars(face.camera) | {"closeness": face.camera.inverse_distance}
    for name in RECORD.names:
        record[name] = np.packbits(values[name]) if name == "visible" else values[name]
    return record


def camera_of(record: np.ndarray) -> Camera:
    """Return the camera of a record."""
    scale, inverse_distance = float(record["scale"]), float(record["closeness"])
    return Camera(record["rotation"], scale, inverse_distance, record["centre"].astype(float))


def shard_path(folder: Path, number: int) -> Path:
    """Return the file of a shard."""
    return folder / f"v{DATA_VERSION}-{number:06d}.npy"


def draw_records(generator: FaceGenerator, number: int, count: int) -> np.ndarray:
    """Draw the records (count,) of a shard, which its number determines."""
    rng = np.random.default_rng((DATA_VERSION, number))
    draws = (generator.draw_empty(rng) if rng.random() < EMPTY_SHARE else generator.draw(rng) for _ in range(count))
    return np.stack([to_record(face) for face in draws])


def write_shard(generator: FaceGenerator, folder: Path, number: int, count: int = SHARD_FACES) -> Path:
    """Draw and write one shard. The file appears only when it is whole."""
    records = draw_records(generator, number, count)
    path = shard_path(folder, number)
    with replacing(path) as file:
        np.save(file, records)
    return path


def fill(folder: Path, shards: range, face_model: Path | None = None) -> None:
    """Write those of the numbered shards that do not exist yet."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = FaceGenerator(load_face_model(face_model))
    for number in shards:
        if not shard_path(folder, number).exists():
            write_shard(generator, folder, number)


def start_generators(folder: Path, shards: int, processes: int, face_model: Path | None = None) -> list:
    """Start processes that fill the buffer up to a number of shards. They end with this process."""
    folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(target=_fill_in_background, args=(folder, range(k, shards, processes), face_model), daemon=True)
        for k in range(processes)
    ]
    for worker in workers:
        worker.start()
    return workers


def wait_for_faces(folder: Path, least: int, generators: list) -> None:
    """Wait until the buffer holds so many faces, or until no generator is left that could add to those it holds.

    Raises UsageError if it is empty then.
    """
    buffer = Buffer(folder)
    while buffer.refresh() < least:
        if not any(generator.is_alive() for generator in generators):
            if not buffer.refresh():
                raise UsageError("there are no generated faces to train on", folder, "Set --generators to 1 or more")
            return
        time.sleep(WAIT_SECONDS)


def _fill_in_background(folder: Path, shards: range, face_model: Path | None) -> None:
    if hasattr(os, "nice"):  # Windows has no such call
        os.nice(10)
    fill(folder, shards, face_model)


class Buffer:
    """Read access to all shards that exist; `refresh` finds new ones."""

    def __init__(self, folder: Path):
        self._folder, self._shards = folder, []
        self._known: set[Path] = set()

    def refresh(self) -> int:
        """Find new shards, and return the number of faces now available."""
        for path in sorted(self._folder.glob(f"v{DATA_VERSION}-*.npy")):
            if path not in self._known:
                self._known.add(path)
                self._shards.append(np.load(path, mmap_mode="r"))
        return sum(map(len, self._shards))

    def sample(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return random records (count,)."""
        shards = rng.integers(len(self._shards), size=count)
        return np.stack([self._shards[s][rng.integers(len(self._shards[s]))] for s in shards])
