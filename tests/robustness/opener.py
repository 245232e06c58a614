# SPDX-License-Identifier: GPL-3.0-or-later
"""A process that opens files as the product does.

It reads lines, "kind<TAB>path", and answers each with one line of JSON: what became of it, and the most memory that the
process has had.
"""

import contextlib
import json
import os
import resource
import sys
import traceback
from pathlib import Path

import cv2

from blender_prnet.data.results import ResultsError, load_face, read_results
from nets.errors import CaptureError
from nets.interface import live_link
from nets.io.clip import open_clip
from nets.io.movie_container import contents_of
from nets.io.movie_sound import sound_of
from nets.io.photo import read_photo
from nets.io.results import read_result
from nets.model.bundle import load_bundle, write_record
from nets.model.engines import load_engine

SAID = CaptureError, live_link.LiveLinkError, ResultsError  # errors whose message is for the user
FRAMES = range(0, 60, 6)


def open_clip_file(path: Path) -> None:
    for _ in open_clip([path]).frames(FRAMES):
        pass
    sound_of(path), contents_of(path)


def open_results(folder: Path) -> None:
    for entry in read_results(folder):
        for file, facts in zip(entry.files, entry.facts, strict=True):
            load_face(file, facts)
    for file in folder.glob("*.npz"):
        read_result(file)


def open_model(folder: Path) -> None:
    """Open a model as it is, and once more with checksums that fit what is damaged."""
    with contextlib.suppress(CaptureError):
        load_engine(load_bundle(folder), "onnx", "cpu")
    write_record(folder, "compact", 128, {}, {})
    for engine in ("onnx", "torch"):
        with contextlib.suppress(CaptureError):
            load_engine(load_bundle(folder), engine, "cpu")


OPEN = {
    "photo": read_photo,
    "clip": open_clip_file,
    "csv": live_link.load,
    "results": open_results,
    "model": open_model,
}


def main() -> None:
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)  # what libraries print is no answer
    cv2.setNumThreads(1)
    for line in sys.stdin:
        kind, path = line.rstrip("\n").split("\t")
        outcome, said = "opened", ""
        try:
            OPEN[kind](Path(path))
        except SAID as error:
            outcome, said = "refused", str(error)
        except Exception:
            outcome, said = "traceback", traceback.format_exc()
        megabytes = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(json.dumps({"outcome": outcome, "said": said, "megabytes": megabytes}), file=answers, flush=True)


if __name__ == "__main__":
    main()
