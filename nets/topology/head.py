# SPDX-License-Identifier: GPL-3.0-or-later
"""Captured heads on the face model's mesh, as they are sent to Blender."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nets.geometry.uv_layout import UVLayout
from nets.topology.chart_warp import warp_chart
from nets.topology.face_model import load_face_model
from nets.topology.fit import FittedHead, HeadFitter
from nets.topology.parts import LAST, PARTS, part_of_faces
from nets.topology.surface import Correspondence
from nets.topology.textures import TextureMaker, Textures


@dataclass(frozen=True)
class ModelHead:
    """One person's head. Only `fitted`, `textures` and `distance` differ between people.

    faces, face_uv: (F, 4) int32, indices of vertices and texture coordinates, the last one -1 for a triangle
    uv: (T, 2) float32
    part: (F,) uint8, index into PARTS
    """

    fitted: FittedHead
    textures: Textures
    faces: np.ndarray
    face_uv: np.ndarray
    uv: np.ndarray
    part: np.ndarray
    distance: float  # millimetres on average between the face and the captured surface

    def message(self) -> tuple[dict, dict[str, np.ndarray]]:
        """Return the fields and arrays of a model_head message, see nets.interface.protocol."""
        facts = {"shapes": self.fitted.names, "parts": list(PARTS), "distance": self.distance}
        arrays = {
            "vertices": self.fitted.rest[:LAST],
            "offsets": self.fitted.shapes[:, :LAST].astype(np.float16),
            "values": self.fitted.weights,
            "faces": self.faces,
            "face_uv": self.face_uv,
            "uv": self.uv,
            "part": self.part,
        }
        return facts, arrays | {f"{name}_png": _png(texture) for name, texture in vars(self.textures).items()}


class HeadMaker:
    """Puts any number of captures in one layout on the face model's mesh."""

    def __init__(self, layout: UVLayout):
        """Raises FaceModelError if the face model is not installed."""
        self.model = load_face_model()
        chart = warp_chart(self.model)
        self.correspondence = Correspondence(self.model, chart, layout)
        self.fitter, self.textures = HeadFitter(self.model), TextureMaker(self.model, chart)
        part = part_of_faces(self.model)
        self.faces = part < len(PARTS)
        self.part = part[self.faces]

    def make(self, vertices: np.ndarray, texture: np.ndarray, gaze: np.ndarray) -> ModelHead:
        """Put a capture on the face model's mesh.

        vertices: (N, 3), the capture's mesh, canonical millimetres
        texture: (T, T, 3) uint8, in the UV layout
        gaze: (2, 2), as in FaceResult
        """
        surface = self.correspondence.surface(vertices)
        fitted = self.fitter.fit(surface, gaze)
        apart = np.linalg.norm(fitted.captured[: len(surface.points)] - surface.points, axis=1)
        distance = float(np.average(apart, weights=surface.weights))
        model = self.model
        faces, face_uv = model.faces[self.faces], model.face_uv[self.faces]
        return ModelHead(fitted, self.textures.make(texture), faces, face_uv, model.uv, self.part, distance)


def _png(texture: np.ndarray) -> np.ndarray:
    """Return an image (n, n, 3) uint8 RGB as the bytes (B,) uint8 of a PNG file."""
    return cv2.imencode(".png", texture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].ravel()
