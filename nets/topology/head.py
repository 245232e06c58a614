# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured head on the face model's mesh, as it is sent to Blender."""

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
    """fitted and textures of one person; the rest is the same for all: faces and face_uv (F, 4) i4, last index -1 for
    a triangle, uv (T, 2) f4, part (F,) u1: index into PARTS."""

    fitted: FittedHead
    textures: Textures
    faces: np.ndarray
    face_uv: np.ndarray
    uv: np.ndarray
    part: np.ndarray
    distance: float  # millimetres on average between the face and the captured surface

    def message(self) -> tuple[dict, dict[str, np.ndarray]]:
        """See nets.interface.protocol."""
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
    """The face model made ready, for captures in one layout."""

    def __init__(self, layout: UVLayout):
        """Raises FaceModelError where there is no face model."""
        self.model = load_face_model()
        chart = warp_chart(self.model)
        self.correspondence = Correspondence(self.model, chart, layout)
        self.fitter, self.textures = HeadFitter(self.model), TextureMaker(self.model, chart)
        part = part_of_faces(self.model)
        self.faces = part < len(PARTS)
        self.part = part[self.faces]

    def make(self, vertices: np.ndarray, texture: np.ndarray, gaze: np.ndarray) -> ModelHead:
        """vertices (N, 3): a capture's mesh, canonical millimetres; texture (T, T, 3) u1 in the UV layout; gaze (2, 2)
        as in FaceResult."""
        surface = self.correspondence.surface(vertices)
        fitted = self.fitter.fit(surface, gaze)
        apart = np.linalg.norm(fitted.captured[: len(surface.points)] - surface.points, axis=1)
        distance = float(np.average(apart, weights=surface.weights))
        model = self.model
        faces, face_uv = model.faces[self.faces], model.face_uv[self.faces]
        return ModelHead(fitted, self.textures.make(texture), faces, face_uv, model.uv, self.part, distance)


def _png(texture: np.ndarray) -> np.ndarray:
    """(n, n, 3) u1 RGB -> a PNG file's bytes (B,) u1."""
    return cv2.imencode(".png", texture[..., ::-1], [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].ravel()
