# SPDX-License-Identifier: GPL-3.0-or-later
"""Reading a scanned head: OBJ with a texture or vertex colours, PLY with vertex colours, or NPZ.

Three marks on it come from a JSON file of the same name in the same folder, or from the NPZ itself:
{"right_eye": [x, y, z], "left_eye": […], "nose_tip": […]}, the outer corners of the person's eyes and the nose's tip.
The same places may hold all "landmarks68". A scan may lie in any frame and have any unit.
"""

import json
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np

from nets.errors import UnreadableError
from nets.io.photo import read_photo

MARKS = "right_eye", "left_eye", "nose_tip"
PLY_TYPES = {
    **{"char": "i1", "uchar": "u1", "short": "i2", "ushort": "u2", "int": "i4", "uint": "u4"},
    **{"int8": "i1", "uint8": "u1", "int16": "i2", "uint16": "u2", "int32": "i4", "uint32": "u4"},
    **{"float": "f4", "double": "f8", "float32": "f4", "float64": "f8"},
}


@dataclass(frozen=True)
class Scan:
    """A scanned head, coloured by vertex or by texture.

    vertices: (V, 3) float64
    triangles: (M, 3) int32
    marks: (3, 3), outer corners of the person's right and left eye, tip of the nose
    colours: (V, 3) uint8, or None
    uv: (V, 2), v up, in texture: (H, W, 3) uint8; or None
    landmarks68: (68, 3) float64, iBUG order; None if they are not known
    """

    vertices: np.ndarray
    triangles: np.ndarray
    marks: np.ndarray
    colours: np.ndarray | None = None
    uv: np.ndarray | None = None
    texture: np.ndarray | None = None
    landmarks68: np.ndarray | None = None


def read_scan(path: Path) -> Scan:
    """Read a scan and its marks. Raises UnreadableError."""
    readers = {".obj": _read_obj, ".ply": _read_ply, ".npz": _read_npz}
    if path.suffix.lower() not in readers:
        raise UnreadableError("not a scan", path, f"Give a file that ends in {', '.join(readers)}")
    try:
        parts = readers[path.suffix.lower()](path)
        marks_file = path.with_suffix(".json")
        if marks_file.is_file():
            parts |= json.loads(marks_file.read_text(encoding="utf-8"))
        marks = np.array([parts.pop(name) for name in MARKS], np.float64)
        if parts.get("colours") is None and parts.get("texture") is None:
            raise ValueError("it has no colours")
        if parts.get("landmarks68") is not None:
            parts["landmarks68"] = np.array(parts["landmarks68"], np.float64).reshape(68, 3)
        return Scan(marks=marks.reshape(3, 3), **{k: v for k, v in parts.items() if k in Scan.__dataclass_fields__})
    except (OSError, ValueError, KeyError, IndexError, TypeError) as error:
        remedy = f"It takes a coloured triangle mesh, and {', '.join(MARKS)} in {path.stem}.json"
        raise UnreadableError(f"not a scan ({error!r})", path, remedy) from error


def _read_npz(path: Path) -> dict:
    with np.load(path, allow_pickle=False) as data:
        return {key: data[key] for key in data.files}


def _read_obj(path: Path) -> dict:
    """Read an OBJ file; every pair of position and texture coordinate becomes a vertex."""
    rows: dict[str, list] = {"v": [], "vt": []}
    corners, library = [], None
    for line in path.read_text(encoding="utf-8", errors="replace").splitlines():
        kind, _, rest = line.partition(" ")
        if kind in rows:
            rows[kind].append([float(word) for word in rest.split()])
        elif kind == "f":
            face = [[int(k) if k else 0 for k in (corner.split("/") + [""])[:2]] for corner in rest.split()]
            corners += [[face[0], *pair] for pair in pairwise(face[1:])]
        elif kind == "mtllib":
            library = path.parent / rest.strip()
    places = np.array(rows["v"])
    index = np.array(corners).reshape(-1, 2)
    count = np.array([len(places), len(rows["vt"])])
    index = np.where(index < 0, index + count, index - 1)
    pairs, inverse = np.unique(index, axis=0, return_inverse=True)
    parts = {"vertices": places[pairs[:, 0], :3], "triangles": inverse.reshape(-1, 3).astype(np.int32)}
    texture = _texture_of(library) if library and rows["vt"] else None
    if texture is not None:
        uv = np.array(rows["vt"])[:, :2]
        return parts | {"uv": uv[pairs[:, 1]], "texture": texture}
    if places.shape[1] >= 6:
        colours = places[pairs[:, 0], 3:6]
        parts["colours"] = (colours * (255 if colours.max() <= 1 else 1)).astype(np.uint8)
    return parts


def _texture_of(library: Path) -> np.ndarray | None:
    for line in library.read_text(encoding="utf-8", errors="replace").splitlines():
        if line.strip().startswith("map_Kd"):
            return read_photo(library.parent / line.strip().split(maxsplit=1)[1])
    return None


def _read_ply(path: Path) -> dict:
    data = path.read_bytes()
    header, _, body = data.partition(b"end_header\n")
    lines = [line.split() for line in header.decode("ascii", "replace").splitlines()]
    order = {"binary_little_endian": "<", "binary_big_endian": ">"}[lines[1][1]]
    elements: dict[str, tuple[int, list]] = {}
    for words in lines:
        if words[:1] == ["element"]:
            name = words[1]
            elements[name] = (int(words[2]), [])
        elif words[:1] == ["property"]:
            elements[name][1].append(words[1:])
    count, properties = elements["vertex"]
    kind = np.dtype([(name, order + PLY_TYPES[type_]) for type_, name in properties])
    vertices = np.frombuffer(body, kind, count)
    count, ((_, length, corner, _), *others) = elements["face"]
    if others:
        raise ValueError("faces with more than their corners")
    sides = int(np.frombuffer(body, order + PLY_TYPES[length], 1, kind.itemsize * len(vertices))[0])
    kind_of_face = np.dtype([("sides", order + PLY_TYPES[length]), ("corners", order + PLY_TYPES[corner], sides)])
    faces = np.frombuffer(body, kind_of_face, count, kind.itemsize * len(vertices))
    if (faces["sides"] != sides).any():
        raise ValueError("faces of different kinds")
    fans = [faces["corners"][:, [0, k, k + 1]] for k in range(1, sides - 1)]
    colours = np.stack([vertices[name] for name in ("red", "green", "blue")], 1)
    places = np.stack([vertices[axis] for axis in "xyz"], 1).astype(np.float64)
    return {"vertices": places, "triangles": np.concatenate(fans).astype(np.int32), "colours": colours}
