# SPDX-License-Identifier: GPL-3.0-or-later
"""A growing buffer of synthetic faces on disk: generators add shards, and training reads them as they appear.

A shard is one .npy file of SHARD_FACES records, which readers map into memory. The data version, the size of the stored
pictures and the shard's number determine its faces, so that every machine draws the same ones. Shards of several sizes
may lie in one folder: networks that see more need larger pictures.
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


def record_of_size(size: int) -> np.dtype:
    """Return the dtype of a stored face whose picture has so many pixels along each side."""
    return np.dtype(
        [
            ("image", np.uint8, (size, size, 3)),
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
    """Return a face as one record () of record_of_size."""
    record = np.zeros((), record_of_size(len(face.image)))
    values = vars(face) | vars(face.camera) | {"closeness": face.camera.inverse_distance}
    for name in record.dtype.names:
        record[name] = np.packbits(values[name]) if name == "visible" else values[name]
    return record


def camera_of(record: np.ndarray) -> Camera:
    """Return the camera of a record."""
    scale, inverse_distance = float(record["scale"]), float(record["closeness"])
    return Camera(record["rotation"], scale, inverse_distance, record["centre"].astype(float))


def shard_path(folder: Path, number: int, size: int = STORED_SIZE) -> Path:
    """Return the file of a shard of pictures of a size, which is a part of the name unless it is STORED_SIZE."""
    return folder / f"{_kind(size)}-{number:06d}.npy"


def find_shards(folder: Path, size: int = STORED_SIZE) -> list[Path]:
    """Return the files of the shards of a folder whose pictures have this size."""
    return sorted(folder.glob(f"{_kind(size)}-??????.npy"))


def _kind(size: int) -> str:
    return f"v{DATA_VERSION}" if size == STORED_SIZE else f"v{DATA_VERSION}-{size}px"


def draw_records(generator: FaceGenerator, number: int, count: int) -> np.ndarray:
    """Draw the records (count,) of a shard, which its number determines."""
    rng = np.random.default_rng((DATA_VERSION, number))
    draws = (generator.draw_empty(rng) if rng.random() < EMPTY_SHARE else generator.draw(rng) for _ in range(count))
    return np.stack([to_record(face) for face in draws])


def write_shard(generator: FaceGenerator, folder: Path, number: int, count: int = SHARD_FACES) -> Path:
    """Draw and write one shard. The file appears only when it is whole."""
    records = draw_records(generator, number, count)
    path = shard_path(folder, number, generator.size)
    with replacing(path) as file:
        np.save(file, records)
    return path


def fill(folder: Path, shards: range, face_model: Path | None = None, size: int = STORED_SIZE) -> None:
    """Write those of the numbered shards that do not exist yet."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = FaceGenerator(load_face_model(face_model), size)
    for number in shards:
        if not shard_path(folder, number, size).exists():
            write_shard(generator, folder, number)


def start_generators(folder: Path, shards: int, processes: int, face_model: Path | None, size: int) -> list:
    """Start processes that fill the buffer up to a number of shards of a size. They end with this process."""
    folder.mkdir(parents=True, exist_ok=True)
    context = multiprocessing.get_context("spawn")
    workers = [
        context.Process(
            target=_fill_in_background, args=(folder, range(k, shards, processes), face_model, size), daemon=True
        )
        for k in range(processes)
    ]
    for worker in workers:
        worker.start()
    return workers


def wait_for_faces(folder: Path, least: int, generators: list, size: int = STORED_SIZE) -> None:
    """Wait until the buffer holds so many faces of a size, or until no generator is left that could add to them.

    Raises UsageError if it is empty then.
    """
    buffer = Buffer(folder, size)
    while buffer.refresh() < least:
        if not any(generator.is_alive() for generator in generators):
            if not buffer.refresh():
                raise UsageError("there are no generated faces to train on", folder, "Set --generators to 1 or more")
            return
        time.sleep(WAIT_SECONDS)


def _fill_in_background(folder: Path, shards: range, face_model: Path | None, size: int) -> None:
    if hasattr(os, "nice"):  # Windows has no such call
        os.nice(10)
    fill(folder, shards, face_model, size)


class Buffer:
    """Read access to all shards of one size that exist; `refresh` finds new ones."""

    def __init__(self, folder: Path, size: int = STORED_SIZE):
        self._folder, self._size, self._shards = folder, size, []
        self._known: set[Path] = set()

    def refresh(self) -> int:
        """Find new shards, and return the number of faces now available."""
        for path in find_shards(self._folder, self._size):
            if path not in self._known:
                self._known.add(path)
                self._shards.append(np.load(path, mmap_mode="r"))
        return sum(map(len, self._shards))

    def sample(self, rng: np.random.Generator, count: int) -> np.ndarray:
        """Return random records (count,)."""
        shards = rng.integers(len(self._shards), size=count)
        return np.stack([self._shards[s][rng.integers(len(self._shards[s]))] for s in shards])
