# SPDX-License-Identifier: GPL-3.0-or-later
"""A captured face on a head model's mesh: what is saved of it, and exported by head_formats.py."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.capture.face import FaceResult
from nets.interface.expressions import EXPRESSIONS
from nets.io.files import replace_npz
from nets.topology.face_model import triangles_of
from nets.topology.head import HeadMaker, ModelHead
from nets.topology.surface import Correspondence


@dataclass(frozen=True)
class CapturedHead:
    """A photo's face, the same person on a head model's mesh of V vertices, and what the photo says of each vertex.

    measures: visibility, in_view and uncertainty (V,) float32, as in FaceResult; of what lies outside the captured
    surface the first two are 0, the third is the largest of the face
    texture_mask: (T, T) uint8, 1 where the photo shows the skin's texel itself
    """

    face: FaceResult
    head: ModelHead
    measures: dict[str, np.ndarray]
    texture_mask: np.ndarray

    @staticmethod
    def of(face: FaceResult, head_maker: HeadMaker) -> CapturedHead:
        """Put a captured face on the mesh of the maker's head model."""
        head = head_maker.make(face.canonical_vertices(), face.texture, face.gaze, seen=face.texture_mask)
        measures = _measures(face, head_maker.correspondence, len(head.fitted.rest))
        return CapturedHead(face, head, measures, head_maker.skin_mask(face.texture_mask))

    @property
    def quads(self) -> np.ndarray:
        """The mesh's faces (Q, 4) int32, counter-clockwise seen from outside; a triangle repeats its last corner."""
        faces = self.head.model.faces
        return np.where(faces < 0, faces[:, 2:3], faces).astype(np.int32)

    @property
    def corner_uv(self) -> np.ndarray:
        """The texture places (Q, 4, 2) float32 of the faces' corners, each in the tile of its part, v up."""
        model = self.head.model
        face_uv = np.where(model.face_uv < 0, model.face_uv[:, 2:3], model.face_uv)
        return model.uv[face_uv].astype(np.float32)

    def canonical_vertices(self) -> np.ndarray:
        """The vertices as the photo shows them, without the pose, (V, 3) float32, millimetres."""
        return self.head.fitted.captured

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of a result file: those of FaceResult for this mesh, and what is the mesh's own.

        The mesh's own are mesh (), its name; corner_uv; part_names (P,) and part (Q,) u1; shape_names (B,), shapes
        (B, V, 3) f2, millimetres without the pose, and shape_weights (B,): the vertices contain the shapes with these
        weights; distance_mm (), of the face from the captured surface on average; and a texture_NAME (T, T, 3) u1 for
        each part but the skin, whose is `texture`, and for what else HeadMaker makes.
        """
        face, head = self.face, self.head
        posed = face.pose.apply(self.canonical_vertices())
        uv = np.zeros((len(posed), 2), np.float32)
        uv[self.quads] = self.corner_uv
        textures = {f"texture_{name}": texture for name, texture in head.textures.items() if name != "skin"}
        own = {
            "mesh": np.array(head.topology),
            "vertices": posed.astype(np.float32),
            "triangles": triangles_of(head.model.faces).astype(np.int32),
            "quads": self.quads,
            "uv": uv,
            "corner_uv": self.corner_uv,
            "part_names": np.array(head.model.part_names),
            "part": head.model.part,
            "shape_names": np.array(head.fitted.names),
            "shapes": head.fitted.shapes.astype(np.float16),
            "shape_weights": head.fitted.weights,
            "distance_mm": np.float32(head.distance),
            "texture": head.textures["skin"],
            "texture_mask": self.texture_mask,
        }
        return face.arrays() | self.measures | own | textures

    def save(self, path: str | Path) -> None:
        """Write arrays() as .npz, with expression_names as FaceResult.save does."""
        replace_npz(path, self.arrays() | {"expression_names": np.array(EXPRESSIONS)})


def _measures(face: FaceResult, correspondence: Correspondence, count: int) -> dict[str, np.ndarray]:
    values = np.stack([face.visibility, face.in_view, face.uncertainty], 1)
    found, there = correspondence.sampled(values)
    padded = np.zeros((count, 3), np.float32)
    padded[:, 2] = face.uncertainty.max()
    padded[: len(found)][there] = found[there]
    return dict(zip(("visibility", "in_view", "uncertainty"), padded.T.copy(), strict=True))
