# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured head on the mesh of a head model, as the worker sends it."""

from dataclasses import dataclass

import numpy as np

from .face import AnyPose
from .png import encode_png

# Topology in the worker's messages and the settings -> the value of HeadProperties.topology for its mesh.
TOPOLOGIES = {"head": "PRNet head", "light": "PRNet head, light", "model": "ICT-FaceKit"}
LAST = np.array([False, False, False, True])  # the corner of a quad that a triangle lacks


@dataclass(frozen=True)
class ModelHead:
    """The arrays of the worker's `model_head` message.

    topology: head or light, the project's own, or model, the ICT face model
    vertices: (V, 3) float32, canonical space, millimetres, at rest
    shapes, offsets, values: names, (B, V, 3) in millimetres and (B,) float32 weights of the blendshapes
    faces, face_uv: (F, 4) int32, indices into vertices and uv; the last one is -1 for a triangle
    uv: (T, 2) float32, v up
    parts, part: names of the parts, and (F,) uint8 indices into them
    textures: part -> a PNG file; also skin_photo and skin_normal where the worker was asked for them
    views: (P, V, 3) float32, canonical millimetres, a merged head with the expression of each of its photos; else None
    uncertainty: (V,) float32, millimetres, a merged head's expected distance from the true surface; else None
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
    views: np.ndarray | None = None
    uncertainty: np.ndarray | None = None

    @staticmethod
    def from_file(arrays: dict[str, np.ndarray], pose: AnyPose, keys: bool) -> "ModelHead":
        """Return the head of a result file, see nets.topology.captured_head; its arrays are known to fit each other.

        keys: whether it gets its blendshapes; else it stays as the photo shows it
        """
        quads = arrays["quads"]
        missing = (quads[:, 3] == quads[:, 2])[:, None] & LAST
        corners = np.arange(quads.size, dtype=np.int32).reshape(-1, 4)
        faces, face_uv = (np.where(missing, -1, each).astype(np.int32) for each in (quads, corners))
        offsets, weights = arrays["shapes"].astype(np.float32), arrays["shape_weights"].astype(np.float32)
        vertices = pose.undo(arrays["vertices"]).astype(np.float32)
        if not keys:
            offsets, weights = offsets[:0], weights[:0]
        parts = tuple(str(name) for name in arrays["part_names"])
        named = {key.removeprefix("texture_"): array for key, array in arrays.items() if key.startswith("texture_")}
        textures = {name: array for name, array in named.items() if name != "mask"} | {"skin": arrays["texture"]}
        return ModelHead(
            topology=str(arrays["mesh"]),
            vertices=vertices - np.tensordot(weights, offsets, 1).astype(np.float32),
            shapes=tuple(str(name) for name in arrays["shape_names"][: len(weights)]),
            offsets=offsets,
            values=weights,
            faces=faces,
            face_uv=face_uv,
            uv=arrays["corner_uv"].reshape(-1, 2).astype(np.float32),
            parts=parts,
            part=arrays["part"],
            textures={name: encode_png(np.ascontiguousarray(texture)) for name, texture in textures.items()},
            distance=float(arrays["distance_mm"]),
        )

    @staticmethod
    def from_message(message: dict, arrays: dict[str, np.ndarray]) -> "ModelHead":
        """Return the head of the worker's message."""
        own = {name: arrays[name] for name in ("vertices", "offsets", "values", "faces", "face_uv", "uv", "part")}
        parts, shapes = tuple(message["parts"]), tuple(message["shapes"])
        files = {name.removesuffix("_png"): array for name, array in arrays.items() if name.endswith("_png")}
        textures = {name: array.tobytes() for name, array in files.items()}
        return ModelHead(
            topology=message["topology"],
            parts=parts,
            shapes=shapes,
            textures=textures,
            distance=float(message["distance"]),
            views=arrays.get("views"),
            uncertainty=arrays.get("uncertainty"),
            **own,
        )
