# SPDX-License-Identifier: GPL-3.0-or-later
"""`python -m nets import-face-model`: makes the face model's array file from ICT-FaceKit's folder of OBJ files."""

import argparse
from pathlib import Path

import numpy as np
from tqdm import tqdm

from nets.expressions import EXPRESSIONS
from nets.face_model import FILE_NAME, REPOSITORY, FaceModelError, read_obj_faces, read_obj_vertices

IDENTITIES = 100
# From upstream's README: the vertices of the iBUG landmarks, with the three-dimensional jaw line and an alternative.
LANDMARKS68 = [
    *(1225, 1888, 1052, 367, 1719, 1722, 2199, 1447, 966, 3661, 4390, 3927, 3924, 2608, 3272, 4088, 3443, 268, 493),
    *(1914, 2044, 1401, 3615, 4240, 4114, 2734, 2509, 978, 4527, 4942, 4857, 1140, 2075, 1147, 4269, 3360, 1507, 1542),
    *(1537, 1528, 1518, 1511, 3742, 3751, 3756, 3721, 3725, 3732, 5708, 5695, 2081, 0, 4275, 6200, 6213, 6346, 6461),
    *(5518, 5957, 5841, 5702, 5711, 5533, 6216, 6207, 6470, 5517, 5966),
]
JAW_RIGHT, JAW_LEFT = (1278, 1272, 12, 1834, 243, 781, 2199, 1447), (3661, 4390, 3022, 2484, 4036, 2253, 3490, 3496)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("source", type=Path, metavar="PATH_TO_ICT_FACEKIT", help="a checkout, or its FaceXModel folder")
    parser.add_argument("--out", type=Path, default=REPOSITORY / "data/face_model", help="folder to write to")


def run(args: argparse.Namespace) -> int:
    import_face_model(args.source, args.out)
    print(f"wrote {args.out / FILE_NAME}")
    return 0


def import_face_model(source: Path, out: Path) -> None:
    """Writes out/ict_face_model_light.npz: the same numbers, shapes as half-precision displacements.

    Raises FaceModelError if the folder lacks one of upstream's files or a file does not fit the topology.
    """
    folder = source / "FaceXModel" if (source / "FaceXModel").is_dir() else source
    names = [*(f"identity{k:03}" for k in range(IDENTITIES)), *EXPRESSIONS]
    missing = [name for name in ("generic_neutral_mesh", *names) if not (folder / f"{name}.obj").is_file()]
    if missing:
        message = f"{missing[0]}.obj is missing ({len(missing)} files are)"
        raise FaceModelError(message, folder, "Give the folder of a whole checkout of ICT-FaceKit")
    neutral_file = folder / "generic_neutral_mesh.obj"
    neutral = read_obj_vertices(neutral_file)
    faces, face_uv, uv = read_obj_faces(neutral_file)
    displacements = {}
    for name in tqdm(names, unit="shape"):
        vertices = read_obj_vertices(folder / f"{name}.obj")
        if vertices.shape != neutral.shape:
            message = f"{len(vertices)} vertices where the neutral mesh has {len(neutral)}"
            raise FaceModelError(message, folder / f"{name}.obj", "Download the file again")
        displacements[name] = (vertices - neutral).astype(np.float16)
    out.mkdir(parents=True, exist_ok=True)
    np.savez_compressed(
        out / FILE_NAME,
        neutral=neutral,
        identity=np.stack([displacements[name] for name in names[:IDENTITIES]]),
        expression=np.stack([displacements[name] for name in EXPRESSIONS]),
        expression_names=np.array(EXPRESSIONS),
        faces=faces,
        face_uv=face_uv,
        uv=uv,
        landmarks68=np.array(LANDMARKS68, np.int32),
        jaw_right=np.array(JAW_RIGHT, np.int32),
        jaw_left=np.array(JAW_LEFT, np.int32),
    )
