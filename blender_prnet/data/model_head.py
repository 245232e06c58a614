# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured head on the mesh of a head model, as the worker sends it."""

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class ModelHead:
    """The arrays of the worker's `model_head` message.

    topology: head, the project's own, or model, the ICT face model
    vertices: (V, 3) float32, canonical space, millimetres, at rest
    shapes, offsets, values: names, (B, V, 3) in millimetres and (B,) float32 weights of the blendshapes
    faces, face_uv: (F, 4) int32, indices into vertices and uv; the last one is -1 for a triangle
    uv: (T, 2) float32, v up
    parts, part: names of the parts, and (F,) uint8 indices into them
    textures: part -> a PNG file
    distance: mean distance of the face from the captured surface, millimetres
    """

    topology: str
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
        """Return the head of the worker's message."""
        own = {name: arrays[name] for name in ("vertices", "offsets", "values", "faces", "face_uv", "uv", "part")}
        parts, shapes = tuple(message["parts"]), tuple(message["shapes"])
        textures = {name: arrays[f"{name}_png"].tobytes() for name in parts if f"{name}_png" in arrays}
        return ModelHead(
            topology=message["topology"],
            parts=parts,
            shapes=shapes,
            textures=textures,
            distance=float(message["distance"]),
            **own,
        )
