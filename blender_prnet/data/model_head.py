# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured head on the mesh of the face model, as the worker sends it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ModelHead:
    """A `model_head` message of protocol.py with its arrays.

    vertices (V, 3) f4 at rest and offsets (B, V, 3) of the shapes, canonical millimetres; values (B,) f4; faces and
    face_uv (F, 4) i4, last index -1 for a triangle; uv (T, 2) f4; part (F,) u1, index into parts; textures: part -> a
    PNG file.
    """

    vertices: np.ndarray
    shapes: tuple[str, ...]
    offsets: np.ndarray
    values: np.ndarray
    faces: np.ndarray
    face_uv: np.ndarray
    uv: np.ndarray
    parts: tuple[str, ...]
    part: np.ndarray
    textures: dict[str, bytes]
    distance: float

    @staticmethod
    def from_message(message: dict, arrays: dict[str, np.ndarray]) -> "ModelHead":
        own = {name: arrays[name] for name in ("vertices", "offsets", "values", "faces", "face_uv", "uv", "part")}
        textures = {name: arrays[f"{name}_png"].tobytes() for name in ("skin", "head", "eyes")}
        parts, shapes = tuple(message["parts"]), tuple(message["shapes"])
        return ModelHead(parts=parts, shapes=shapes, textures=textures, distance=float(message["distance"]), **own)
