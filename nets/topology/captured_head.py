# SPDX-License-Identifier: GPL-3.0-or-later
"""Captures and merged heads on a head model's mesh: what is saved of them, and exported by head_formats.py."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.capture.face import FaceResult
from nets.capture.merged_head import MergedHead
from nets.interface.expressions import EXPRESSIONS
from nets.io.files import replace_npz
from nets.topology.arkit import NAMES
from nets.topology.face_model import triangles_of
from nets.topology.head import HeadMaker, ModelHead
from nets.topology.surface import Correspondence

NO_GAZE = np.empty((0, 2), np.float32)  # the eyes look ahead


@dataclass(frozen=True)
class HeadOnMesh(ABC):
    """A person on a head model's mesh of V vertices, and what the photo says of each vertex.

    measures: visibility (V,) float32, as in FaceResult, and what else is known of the vertices; of what lies outside
    the captured surface visibility and in_view are 0, uncertainty is the largest of the face
    texture_mask: (T, T) uint8, 1 where a photo shows the skin's texel itself
    """

    head: ModelHead
    measures: dict[str, np.ndarray]
    texture_mask: np.ndarray

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

    def mesh_arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of a result file that depend on the mesh, except its vertices.

        Besides those of FaceResult these are mesh (), its name; corner_uv; part_names (P,) and part (Q,) u1;
        shape_names (B,), shapes (B, V, 3) f2, millimetres without the pose, and shape_weights (B,): the vertices
        contain the shapes with these weights; distance_mm (), of the face from the captured surface on average; and a
        texture_NAME (T, T, 3) u1 for each part but the skin, whose is `texture`, and for what else HeadMaker makes.
        """
        head = self.head
        uv = np.zeros((len(head.fitted.rest), 2), np.float32)
        uv[self.quads] = self.corner_uv
        textures = {f"texture_{name}": texture for name, texture in head.textures.items() if name != "skin"}
        own = {
            "mesh": np.array(head.topology),
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
        return self.measures | own | textures

    @abstractmethod
    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays of a result file: those that the capture has on its grid, for this mesh."""

    def save(self, path: str | Path) -> None:
        """Write arrays() as .npz, with expression_names as FaceResult.save does."""
        replace_npz(path, self.arrays() | {"expression_names": np.array(EXPRESSIONS)})


@dataclass(frozen=True)
class CapturedHead(HeadOnMesh):
    """A photo's face on a head model's mesh."""

    face: FaceResult

    @staticmethod
    def of(face: FaceResult, head_maker: HeadMaker) -> CapturedHead:
        """Put a captured face on the mesh of the maker's head model."""
        seen, in_view = face.texture_mask, face.in_view
        head = head_maker.make(face.canonical_vertices(), face.texture, face.gaze, seen=seen, in_view=in_view)
        return CapturedHead(head, measures_on(face, head_maker), head_maker.skin_mask(face.texture_mask), face)

    def arrays(self) -> dict[str, np.ndarray]:
        """See HeadOnMesh.arrays; the vertices are where the photo shows them."""
        posed = self.face.pose.apply(self.canonical_vertices()).astype(np.float32)
        return self.face.arrays() | self.mesh_arrays() | {"vertices": posed}


@dataclass(frozen=True)
class MergedHeadOnMesh(HeadOnMesh):
    """One person from P photos on a head model's mesh, at rest.

    views: (P, V, 3) float32, canonical millimetres, the head with the expression of each photo
    view_visibility: (P, V) float32, as in MergedHead
    """

    merged: MergedHead
    views: np.ndarray
    view_visibility: np.ndarray

    @staticmethod
    def of(merged: MergedHead, head_maker: HeadMaker) -> MergedHeadOnMesh:
        """Put a merged head on the mesh of the maker's head model."""
        at_rest = np.zeros(len(NAMES), np.float32)
        head = head_maker.make(merged.vertices, merged.texture, NO_GAZE, at_rest, merged.texture_mask)
        views = np.stack([head_maker.shape(vertices) for vertices in merged.view_vertices])
        values = np.stack([merged.uncertainty_mm, merged.visibility, *merged.view_visibility], 1)
        beyond = (merged.uncertainty_mm.max(), *[0] * (values.shape[1] - 1))
        padded = _at_vertices(values, head_maker.correspondence, len(head.fitted.rest), beyond)
        uncertainty, best, *seen = padded.T.copy()
        mask = head_maker.skin_mask(merged.texture_mask)
        measures = {"visibility": best, "uncertainty_mm": uncertainty}
        return MergedHeadOnMesh(head, measures, mask, merged, views, np.stack(seen))

    def arrays(self) -> dict[str, np.ndarray]:
        """See HeadOnMesh.arrays; the vertices are canonical, at rest."""
        own = {"vertices": self.head.fitted.rest, "view_vertices": self.views, "view_visibility": self.view_visibility}
        return self.merged.arrays() | self.mesh_arrays() | own


def measures_on(face: FaceResult, head_maker: HeadMaker) -> dict[str, np.ndarray]:
    """Return the measures of a captured face at the vertices of the maker's head model, see HeadOnMesh."""
    values = np.stack([face.visibility, face.in_view, face.uncertainty], 1)
    count, beyond = len(head_maker.model.neutral), (0, 0, face.uncertainty.max())
    padded = _at_vertices(values, head_maker.correspondence, count, beyond)
    return dict(zip(("visibility", "in_view", "uncertainty"), padded.T.copy(), strict=True))


def _at_vertices(values: np.ndarray, correspondence: Correspondence, count: int, beyond: tuple) -> np.ndarray:
    """Return values (M, C) of a capture's vertices at a model's (count, C) float32; beyond: C values outside."""
    found, there = correspondence.sampled(values)
    padded = np.tile(np.float32(beyond), (count, 1))
    padded[: len(found)][there] = found[there]
    return padded
