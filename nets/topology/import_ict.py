# SPDX-License-Identifier: GPL-3.0-or-later
"""Conversion of ICT-FaceKit's folder of OBJ files to the face model's array file."""

import gzip
import io
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import numpy as np

from nets.interface.expressions import EXPRESSIONS
from nets.io.files import make_folder, replace_file
from nets.topology.face_model import FILE_NAME, FaceModelError, read_obj_faces, read_obj_vertices

NEUTRAL = "generic_neutral_mesh"
IDENTITIES = tuple(f"identity{k:03}" for k in range(100))
OBJECTS = (NEUTRAL, *IDENTITIES, *EXPRESSIONS)  # upstream's files, without their ending
# From upstream's README: the vertices of the iBUG landmarks, with the three-dimensional jaw line and an alternative.
LANDMARKS68 = [
    *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493),
    *(1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542),
    *(1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461),
    *(5518, 5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966),
]
JAW_RIGHT, JAW_LEFT = (1278, 1272, 12, 1834, 243, 781, 2199, 1447), (3661, 4390, 3022, 2484, 4036, 2253, 3490, 3496)


def import_face_model(source: Path, out: Path) -> Iterator[str]:
    """Write out/ict_face_model_light.npz, with shapes in half precision; yield the name of each file that was read.

    The files may be packed (.obj.gz). Raises FaceModelError if the folder lacks one of upstream's files or a file does
    not fit the topology, OutputError if the result cannot be written.
    """
    folder = source / "FaceXModel" if (source / "FaceXModel").is_dir() else source
    paths = {name: _existing(folder, name) for name in OBJECTS}
    missing = [name for name, path in paths.items() if path is None]
    if missing:
        message = f"{missing[0]}.obj is missing ({len(missing)} files are)"
        raise FaceModelError(message, folder, "Give the folder of a whole checkout of ICT-FaceKit")
    displacements = {}
    for name, path in paths.items():
        try:
            with _opened(path) as file:
                vertices = read_obj_vertices(file)
            if name == NEUTRAL:
                neutral = vertices
                with _opened(path) as file:
                    faces, face_uv, uv = read_obj_faces(file)
        except (OSError, EOFError, ValueError, IndexError) as error:
            raise FaceModelError(f"not a shape ({error})", path, "Download the file again") from None
        if vertices.shape != neutral.shape:
            message = f"{len(vertices)} vertices where the neutral mesh has {len(neutral)}"
            raise FaceModelError(message, path, "Download the file again")
        displacements[name] = (vertices - neutral).astype(np.float16)
        yield path.name
    arrays = io.BytesIO()
    np.savez_compressed(
        arrays,
        neutral=neutral,
        identity=np.stack([displacements[name] for name in IDENTITIES]),
        expression=np.stack([displacements[name] for name in EXPRESSIONS]),
        expression_names=np.array(EXPRESSIONS),
        faces=faces,
        face_uv=face_uv,
        uv=uv,
        landmarks68=np.array(LANDMARKS68, np.int32),
        jaw_right=np.array(JAW_RIGHT, np.int32),
        jaw_left=np.array(JAW_LEFT, np.int32),
    )
    replace_file(make_folder(out) / FILE_NAME, arrays.getbuffer())


def _existing(folder: Path, name: str) -> Path | None:
    return next((path for path in (folder / f"{name}.obj", folder / f"{name}.obj.gz") if path.is_file()), None)


def _opened(path: Path) -> TextIO:
    opened = gzip.open if path.suffix == ".gz" else open
    return opened(path, "rt", encoding="utf-8", errors="replace")
