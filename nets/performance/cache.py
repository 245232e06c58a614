# SPDX-License-Identifier: GPL-3.0-or-later
"""What the network predicts of a clip, frame by frame on disk, so that a bake that stopped can resume.

There are two files of fixed-size records that only grow: sightings.bin is written first, then frames.bin, whose record
gives the number of estimates up to the end of its frame. Whenever the process dies, whole frames remain; an incomplete
rest is cut off on opening.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path

import numpy as np

from nets.errors import OutputError
from nets.geometry.coarse_map import COARSE
from nets.interface.expressions import EXPRESSIONS
from nets.interface.file_lock import lock_file
from nets.io.files import make_folder, replace_file
from nets.model.engines.passes import CODE_SIZE
from nets.performance.face_view import VIEW

VERSION = 8  # raise when records or tracking change
THUMBNAIL = (18, 32, 3)
UNCHECKED = -1

# One face of one frame.
# certainty: the confidence with the mirrored crop too (Capturer.predict_with_flip), UNCHECKED in most frames
# crop: centre x, y, side and roll, in the clip's pixels and radians
# rotation, scale, translation: the pose of nets.geometry.pose in the clip's pixels, fitted to the mean face
# offset: canonical coarse map less the mean face's, millimetres
# expression, gaze: see nets.model.engines.Prediction, NaN if the network does not predict them
# view: see nets.performance.face_view; zeros in layouts whose blendshapes are not known, and without a picture
# code: the estimate in this crop, from which a network that corrects estimates goes on; zeros of any other network
FACE_RECORD = np.dtype(
    [
        ("person", np.int32),
        ("confidence", np.float32),
        ("certainty", np.float32),
        ("crop", np.float64, (4,)),
        ("rotation", np.float32, (3, 3)),
        ("scale", np.float32),
        ("translation", np.float32, (3,)),
        ("landmarks68", np.float32, (68, 3)),
        ("offset", np.float16, (COARSE, COARSE, 3)),
        ("expression", np.float16, (len(EXPRESSIONS),)),
        ("gaze", np.float32, (2, 2)),
        ("view", np.uint8, VIEW),
        ("code", np.float32, (CODE_SIZE,)),
    ]
)
# One frame.
# end: number of estimates up to the end of this frame
# searched: whether the whole picture was searched for faces
# cut: whether a new shot begins
# readable: whether there was a picture
FRAME = np.dtype(
    [
        ("frame", np.int32),
        ("time", np.float64),
        ("end", np.int64),
        ("searched", np.bool_),
        ("cut", np.bool_),
        ("readable", np.bool_),
        ("thumbnail", np.uint8, THUMBNAIL),
    ]
)


def cache_key(files: Iterable[Path], first: int, step: int, model: str) -> str:
    """Return a name for a clip's records: a hash of its files, where tracking starts, and the model's digest."""
    facts = [VERSION, first, step, model]
    for path in files:
        stat = path.stat() if path.exists() else None
        facts.append([str(path.resolve()), stat and stat.st_size, stat and stat.st_mtime_ns])
    return hashlib.sha256(json.dumps(facts).encode("utf-8", "surrogateescape")).hexdigest()[:24]


class Cache:
    """The records of one clip in a folder."""

    def __init__(self, folder: Path, about: dict):
        """Open the cache, empty or as it was left. Raises OutputError if it cannot be written.

        about: facts about the clip that help to clean the folder up, written to clip.json
        """
        self.folder = make_folder(folder)
        self._frames_path, self._estimates_path = folder / "frames.bin", folder / "sightings.bin"
        try:
            self._estimates_file, self._frames_file = (
                path.open("r+b" if path.exists() else "w+b", buffering=0)
                for path in (self._estimates_path, self._frames_path)
            )
            if not lock_file(self._frames_file):
                remedy = "Wait until it is done, or stop it"
                raise OutputError("another bake of this clip is writing here", folder, remedy)
            self._cut_incomplete()
        except OSError as error:
            raise self._failure(error) from None
        replace_file(folder / "clip.json", json.dumps(about, ensure_ascii=False).encode("utf-8", "surrogateescape"))

    def __len__(self) -> int:
        return self._frame_count

    def __enter__(self) -> Cache:
        return self

    def __exit__(self, *_: object) -> None:
        self._estimates_file.close()
        self._frames_file.close()

    @property
    def frames(self) -> np.ndarray:
        """The frames (F,) of FRAME, as a memory map."""
        return _mapped(self._frames_path, FRAME, self._frame_count)

    @property
    def estimates(self) -> np.ndarray:
        """The estimates (S,) of FACE_RECORD, as a memory map."""
        return _mapped(self._estimates_path, FACE_RECORD, self._estimate_count)

    def append(self, frame: np.ndarray, estimates: np.ndarray) -> None:
        """Append a frame () of FRAME, whose `end` is set here, and its estimates (P,) of FACE_RECORD."""
        frame["end"] = self._estimate_count + len(estimates)
        try:
            _write(self._estimates_file, self._estimate_count * FACE_RECORD.itemsize, estimates.tobytes())
            _write(self._frames_file, self._frame_count * FRAME.itemsize, frame.tobytes())
        except OSError as error:
            raise self._failure(error) from None
        self._frame_count, self._estimate_count = self._frame_count + 1, int(frame["end"])

    def _cut_incomplete(self) -> None:
        """Cut off records of frames that were not written to the end."""
        estimates = self._estimates_path.stat().st_size // FACE_RECORD.itemsize
        frames = _mapped(self._frames_path, FRAME, self._frames_path.stat().st_size // FRAME.itemsize)
        self._frame_count = int(np.searchsorted(frames["end"], estimates, side="right")) if len(frames) else 0
        self._estimate_count = int(frames["end"][self._frame_count - 1]) if self._frame_count else 0
        del frames
        self._frames_file.truncate(self._frame_count * FRAME.itemsize)
        self._estimates_file.truncate(self._estimate_count * FACE_RECORD.itemsize)

    def _failure(self, error: OSError) -> OutputError:
        return OutputError(
            f"the frames tracked so far are kept, but no more can be written ({error.strerror})",
            self.folder,
            "Make room, or choose another folder for the cache, and bake again: it goes on from there",
        )


def _write(file, place: int, content: bytes) -> None:
    file.seek(place)
    while content:
        content = content[file.write(content) :]


def _mapped(path: Path, dtype: np.dtype, count: int) -> np.ndarray:
    return np.memmap(path, dtype, "r", shape=(count,)) if count else np.zeros(0, dtype)
