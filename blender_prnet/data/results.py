# SPDX-License-Identifier: GPL-3.0-or-later
"""A folder that `python -m nets reconstruct` has written: report.json and one .npz file per face.

The folder may come from anywhere, so nothing in it is trusted.
"""

import json
import math
import zipfile
from dataclasses import dataclass
from pathlib import Path, PureWindowsPath

import numpy as np

from ..interface import NPZ_DAMAGE, Status, perspective
from .face import VERTEX_MEASURES, CapturedFace, are_quads
from .model_head import TOPOLOGIES, ModelHead

REPORT, JOURNAL = "report.json", "report.jsonl"
LARGEST = 1 << 30  # bytes that the arrays of one face may take
MAY_BE_INFINITE = ("gaze", "camera")  # not a number where the network estimates none; without perspective
RUN_AGAIN = "Run `python -m nets reconstruct` again, with --resume"


class ResultsError(Exception):
    """A folder of results, or a file in it, cannot be used. The message says why, and what to do."""


@dataclass(frozen=True)
class PhotoResult:
    """One entry of the report: a photo, and what became of it.

    error: why it has no faces; empty if it has
    files, facts: the file of each face, by falling size, and what CapturedFace.from_message needs besides its arrays
    confidence: the lowest of its faces, 0 to 1
    """

    path: str
    error: str
    files: tuple[Path, ...]
    facts: tuple[dict, ...]
    confidence: float


def read_results(folder: Path) -> list[PhotoResult]:
    """Read the entries of `folder`/report.json in their order. Raises ResultsError."""
    report = folder / REPORT
    try:
        entries = json.loads(report.read_text("utf-8"))["inputs"]
    except FileNotFoundError:
        if (folder / JOURNAL).exists():
            raise ResultsError(f"The run that writes to {folder} has not ended. Wait, or: {RUN_AGAIN}") from None
        raise ResultsError(f"There is no {REPORT} in {folder}. Choose a folder that results were written to") from None
    except OSError as error:
        raise ResultsError(f"{report} cannot be read: {error.strerror}") from error
    except (ValueError, KeyError, TypeError) as error:
        raise ResultsError(f"{report} is not a report of results, or is cut short. {RUN_AGAIN}") from error
    if not isinstance(entries, list):
        raise ResultsError(f"{report} is not a report of results")
    return [_result(folder, number, entry) for number, entry in enumerate(entries)]


def load_face(file: Path, facts: dict, keys: bool = True) -> tuple[CapturedFace, ModelHead | None]:
    """Read one face, in a thread if possible, and the head model's mesh if it was written on one.

    facts: see PhotoResult; keys: whether a head model's mesh gets its blendshapes. Raises ResultsError.
    """
    try:
        arrays = _read_arrays(file)
        _check(arrays)
        face = CapturedFace.from_message(facts, arrays, model="", engine="")
        if "mesh" not in arrays:
            return face, None
        _check_model_head(arrays)
        return face, ModelHead.from_file(arrays, face.pose, keys)
    except FileNotFoundError as error:
        raise ResultsError(f"{file.name} does not exist any more") from error
    except ResultsError as error:
        raise ResultsError(f"{file.name}: {error}") from error
    except NPZ_DAMAGE as error:
        raise ResultsError(f"{file.name} is damaged or cut short ({error}). {RUN_AGAIN}") from error


def _result(folder, number, entry):
    try:
        path = str(entry["path"])
        if entry.get("frame") is not None:
            return PhotoResult(path, "a frame of a movie; bake the movie instead", (), (), 0.0)
        if entry["status"] != Status.OK:
            return PhotoResult(path, str(entry.get("error") or entry["status"]), (), (), 0.0)
        photo = _find_photo(folder, path)
        facts = tuple(_facts(photo, index, face) for index, face in enumerate(entry["faces"]))
        files = tuple(_file_in(folder, face["file"]) for face in entry["faces"])
        return PhotoResult(path, "", files, facts, min(face["confidence"] for face in facts))
    except ResultsError as error:
        return PhotoResult(path, str(error), (), (), 0.0)
    except (KeyError, TypeError, ValueError, AttributeError):
        return PhotoResult(f"entry {number}", f"not an entry of a report: {str(entry)[:60]}", (), (), 0.0)


def _facts(photo, index, face):
    left, top, right, bottom = box = [float(edge) for edge in face["box"]]
    size = math.sqrt(max((right - left) * (bottom - top), 0.0))
    return {
        "path": photo,
        "index": index,
        "box": box,
        "confidence": float(face["confidence"]),
        "residual": float(face.get("residual_percent", 0.0)) / 100 * size,
        "expressions": {},
    }


def _file_in(folder: Path, name) -> Path:
    """Return the file that a report names, which may be in a subfolder. Raises ResultsError if it is outside."""
    if not isinstance(name, str) or not name.endswith(".npz"):
        raise ResultsError("its faces were not written as .npz. Run again with --formats npz")
    parts = PureWindowsPath(name)  # knows the separators, roots and drives of all systems
    file = folder / name
    leads_away = parts.anchor or ".." in parts.parts  # asked first: to look at a network path is to call its server
    if leads_away or not file.resolve().is_relative_to(folder.resolve()):
        raise ResultsError(f"its result {name} would lie outside the folder")
    return file


def _find_photo(folder: Path, path: str) -> str:
    """Return the path of the photo where it was captured, or else next to the results, or else as it is reported."""
    places = [Path(path), folder / path, folder / Path(path).name, folder.parent / path]
    return str(next((place.absolute() for place in places if place.is_file()), path))


def _read_arrays(file):
    with zipfile.ZipFile(file) as archive:
        if sum(member.file_size for member in archive.infolist()) > LARGEST:
            raise ResultsError("too large to be a face")
    with np.load(file, allow_pickle=False) as entries:
        return {name: entries[name] for name in entries.files}


def _check_model_head(arrays):
    """Raise ResultsError if the arrays beyond those of `_check` would not make a head model's mesh."""
    vertices, faces, shapes = len(arrays["vertices"]), len(arrays["quads"]), len(arrays["shape_names"])
    wanted = {
        "corner_uv": (faces, 4, 2),
        "part": (faces,),
        "shapes": (shapes, vertices, 3),
        "shape_weights": (shapes,),
        "distance_mm": (),
    }
    for name, shape in wanted.items():
        array = arrays[name]
        if array.shape != shape or array.dtype.kind not in "iuf" or not np.isfinite(array).all():
            raise ResultsError(f"{name} is {array.dtype} {array.shape} where numbers {shape} were expected")
    textures = [array for name, array in arrays.items() if name.startswith("texture_") and name != "texture_mask"]
    if any(array.dtype != np.uint8 or array.ndim != 3 or array.shape[2] != 3 for array in textures):
        raise ResultsError("a texture of it is no RGB image")
    if str(arrays["mesh"]) not in TOPOLOGIES or arrays["part"].max() >= len(arrays["part_names"]):
        raise ResultsError(f"it is on a mesh {arrays['mesh']!s} that this version does not know")


def _check(arrays):
    """Raise ResultsError if the arrays would not make a head."""
    count = len(arrays["vertices"])
    side = len(arrays["texture"])
    wanted = {
        "vertices": (count, 3),
        "uv": (count, 2),
        "quads": (len(arrays["quads"]), 4),
        "texture": (side, side, 3),
        "pose_scale": (),
        "pose_rotation": (3, 3),
        "pose_translation": (3,),
        "image_size": (2,),
        "landmarks68": (68, 3),
        **dict.fromkeys(VERTEX_MEASURES, (count,)),
        "gaze": (2, 2),
    }
    if "camera" in arrays:  # else of an earlier version
        wanted |= {"camera": (3,), "camera_known": (), "perspective_scale": ()}
        wanted |= {"perspective_rotation": (3, 3), "perspective_translation": (3,)}
    for name, shape in wanted.items():
        array = arrays[name]
        if array.shape != shape or array.dtype.kind not in "iuf" or not array.size:
            raise ResultsError(f"{name} is {array.dtype} {array.shape} where numbers {shape} were expected")
        if name not in MAY_BE_INFINITE and not np.isfinite(array).all():
            raise ResultsError(f"{name} holds values that are not numbers")
    if not are_quads(arrays["quads"], count):
        raise ResultsError("its quads refer to vertices that do not exist")
    if "camera" in arrays and not _is_camera(arrays):
        raise ResultsError("its camera is not valid")
    if arrays["texture"].dtype != np.uint8 or arrays["pose_scale"] <= 0 or arrays["image_size"].min() < 1:
        raise ResultsError("its texture, its scale or its image size is not valid")


def _is_camera(arrays):
    focal, x, y = arrays["camera"].tolist()
    known = 0 <= arrays["camera_known"] < len(perspective.KNOWN)
    return focal > 0 and np.isfinite([x, y]).all() and arrays["perspective_scale"] > 0 and known
