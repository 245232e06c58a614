# SPDX-License-Identifier: GPL-3.0-or-later
"""The ICT Face Model Light (Li et al., "Learning Formation of Physically-Based Face Attributes", CVPR 2020).

Training and the derivation of a UV layout need it. In the extension it is optional: animator's topology and the
correction of ARKit's weights need it.
"""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import TextIO

import numpy as np

from nets.errors import CaptureError

FILE_NAME = "ict_face_model_light.npz"
INSTALL = (
    "Press Download or From Folder under Animator's Topology in the Face Capture tab, or run: "
    "python -m nets import-face-model PATH_TO_ICT_FACEKIT"
)
REPOSITORY = Path(__file__).resolve().parents[2]

# Vertex ranges of the topology, from upstream's README.
FACE = slice(0, 9409)
NARROW_FACE = slice(0, 6706)
HEAD_AND_NECK = slice(9409, 11248)
MOUTH_SOCKET = slice(11248, 13294)
GUMS_AND_TONGUE = slice(14062, 17039)
TEETH = slice(17039, 21451)
LEFT_EYEBALL = slice(21451, 23021)
RIGHT_EYEBALL = slice(23021, 24591)
FACE_QUADS = slice(0, 9230)
VERTICES = 26719


class FaceModelError(CaptureError):
    """The face model's file is missing or not a face model."""


@dataclass(frozen=True)
class FaceModel:
    """A linear model of heads, in millimetres: y up, z forward, x to the subject's left, origin between the eyeballs.

    neutral: (V, 3) float32, the average face at rest
    identity: (100, V, 3) float32, offsets at weight 1; weights are about N(0, 1)
    expression: (53, V, 3) float32, offsets at weight 1; weights are in [0, 1]
    faces, face_uv: (F, 4) int32, indices of vertices and of texture coordinates, the last one -1 for a triangle
    uv: (T, 2) float32
    landmarks68: (68,) int32, vertices in iBUG order, with the three-dimensional jaw line
    """

    neutral: np.ndarray
    identity: np.ndarray
    expression: np.ndarray
    expression_names: tuple[str, ...]
    faces: np.ndarray
    face_uv: np.ndarray
    uv: np.ndarray
    landmarks68: np.ndarray

    def shape(self, identity: np.ndarray, expression: np.ndarray) -> np.ndarray:
        """Return the vertices (V, 3), millimetres, for identity weights (100,) and expression weights (53,)."""
        vertices = self.neutral + np.tensordot(identity.astype(np.float32), self.identity, 1)
        active = np.flatnonzero(expression)
        return vertices + np.tensordot(expression[active].astype(np.float32), self.expression[active], 1)


def eyeball_centre(vertices: np.ndarray, eyeball: slice) -> np.ndarray:
    """Return the centre (3,) of an eyeball, that of its bounding box because its vertices crowd at the iris."""
    ball = vertices[eyeball]
    return (ball.min(0) + ball.max(0)) / 2


def find_face_model(path: str | Path | None = None) -> Path:
    """Find the face model's file. Raises FaceModelError if there is none.

    It is the file or folder given, else the one named by PRNET_FACE_MODEL, else the one in
    PRNET_USER_FOLDER/face_model/ (where Blender installs it), data/face_model/ or ../shared/face_model/.
    """
    if path or os.environ.get("PRNET_FACE_MODEL"):
        candidates = [Path(path or os.environ["PRNET_FACE_MODEL"])]
    else:
        users = os.environ.get("PRNET_USER_FOLDER")
        candidates = [Path(users, "face_model")] if users else []
        candidates += [REPOSITORY / "data/face_model", REPOSITORY.parent / "shared/face_model"]
    for candidate in candidates:
        file = candidate / FILE_NAME if candidate.is_dir() else candidate
        if file.is_file():
            return file
    raise FaceModelError(
        f"the face model is not at {', '.join(map(str, candidates))}",
        remedy=INSTALL,
    )


def load_face_model(path: str | Path | None = None) -> FaceModel:
    """Read the model's file. Raises FaceModelError if there is none or if arrays are missing."""
    file = find_face_model(path)
    try:
        with np.load(file, allow_pickle=False) as data:
            arrays = {key: data[key] for key in data.files}
        if arrays["neutral"].shape != (VERTICES, 3):
            raise ValueError(f"{len(arrays['neutral'])} vertices instead of {VERTICES}")
        neutral = arrays["neutral"] * 10
        origin = (eyeball_centre(neutral, LEFT_EYEBALL) + eyeball_centre(neutral, RIGHT_EYEBALL)) / 2
        return FaceModel(
            neutral=(neutral - origin).astype(np.float32),
            identity=arrays["identity"].astype(np.float32) * 10,
            expression=arrays["expression"].astype(np.float32) * 10,
            expression_names=tuple(map(str, arrays["expression_names"])),
            **{key: arrays[key] for key in ("faces", "face_uv", "uv", "landmarks68")},
        )
    except (KeyError, ValueError, OSError) as error:
        raise FaceModelError(f"not a face model ({error})", path=file, remedy=INSTALL) from error


def triangles_of(faces: np.ndarray) -> np.ndarray:
    """Return the triangles (M, 3) of quads (F, 4) whose last index may be -1."""
    quads = faces[faces[:, 3] >= 0]
    return np.concatenate([faces[:, :3], quads[:, [0, 2, 3]]]).astype(np.int32)


def read_obj_vertices(file: TextIO) -> np.ndarray:
    """Read the vertices (V, 3) float32 of an OBJ file."""
    return np.array([line.split()[1:4] for line in file if line.startswith("v ")], np.float32)


def read_obj_faces(file: TextIO) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Read faces (F, 4), texture indices (F, 4) and texture coordinates (T, 2) of an OBJ file; -1 fills triangles."""
    corners, uv = [], []
    for line in file:
        if line.startswith("f "):
            face = [[int(i) - 1 for i in corner.split("/")[:2]] for corner in line.split()[1:]]
            corners.append(face + [[-1, -1]] * (4 - len(face)))
        elif line.startswith("vt "):
            uv.append(line.split()[1:3])
    corners = np.array(corners, np.int32)
    return corners[..., 0], corners[..., 1], np.array(uv, np.float32)
