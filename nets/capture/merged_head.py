# SPDX-License-Identifier: GPL-3.0-or-later
"""The result of merging photos, or frames of clips: it is saved, sent to Blender and exported."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nets.interface.expressions import EXPRESSIONS
from nets.io.files import replace_npz

SENT_ONLY = "paths", "kept", "advice"
FILE_KEYS = {"shape_distance_mm": "unlike_mm"}  # fields whose arrays have another name in files


@dataclass(frozen=True)
class MergedHead:
    """One person from V pictures, photos or frames of clips.

    Canonical space is in millimetres: y up, z forward, origin between the eyes.

    Where the head lies in photo v tells nets.interface.perspective.PerspectivePose, with view_camera, view_scale,
    view_rotation and view_translation. Without perspective it is nets.geometry.pose.Pose.
    """

    paths: tuple[str, ...]  # the files of the V pictures; sent, not saved
    view_frame: np.ndarray  # (V,) int32: the frame of the movie at that path, from 0; -1 for a photo
    kept: str  # why the photos' comparison does not shape the head, empty if it does; sent, not saved
    advice: str  # what would help most, or empty; sent, not saved
    shape_distance_mm: np.ndarray  # (V,) float32: how far each photo's shape is from the others; saved as unlike_mm
    vertices: np.ndarray  # (N, 3) float32: the person at rest, canonical
    visibility: np.ndarray  # (N,) float32 in [0, 1]: in the photo that shows the vertex best
    uncertainty_mm: np.ndarray  # (N,) float32: expected distance from the true surface, canonical millimetres
    adjusted: np.ndarray  # () bool: whether the photos' comparison with each other shapes the head
    triangles: np.ndarray  # (M, 3) int32, counter-clockwise seen from outside
    quads: np.ndarray  # (Q, 4) int32, as the triangles
    uv: np.ndarray  # (N, 2) float32, u right, v up
    position_map: np.ndarray  # (256, 256, 3) float32: the person at rest, canonical
    landmarks68: np.ndarray  # (68, 3) float32, canonical, iBUG order
    texture: np.ndarray  # (T, T, 3) uint8 RGB, row 0 at v = 1
    texture_mask: np.ndarray  # (T, T) uint8: 1 where some photo shows the texel itself
    view_camera: np.ndarray  # (V, 3) float32, as FaceResult.camera
    view_camera_known: np.ndarray  # (V,) uint8, as FaceResult.camera_known
    view_scale: np.ndarray  # (V,) float32
    view_rotation: np.ndarray  # (V, 3, 3) float32, determinant -1
    view_translation: np.ndarray  # (V, 3) float32
    view_vertices: np.ndarray  # (V, N, 3) float32, canonical: the head as the photo shows it, with its expression
    view_visibility: np.ndarray  # (V, N) float32 in [0, 1], as FaceResult.visibility
    view_expression: np.ndarray  # (V, 53) float32 in [0, 1], see nets/interface/expressions.py
    view_box: np.ndarray  # (V, 4) float32: left, top, right, bottom, tight round the landmarks
    view_confidence: np.ndarray  # (V,) float32 in [0, 1]
    view_image_size: np.ndarray  # (V, 2) int32: width, height
    view_fit: np.ndarray  # (V,) float32: median distance of the head from what the photo shows of it, pixels

    def arrays(self) -> dict[str, np.ndarray]:
        """Return the arrays that are saved and sent, by name."""
        arrays = {name: value for name, value in vars(self).items() if name not in SENT_ONLY}
        return {FILE_KEYS.get(name, name): value for name, value in arrays.items()}

    def canonical_vertices(self) -> np.ndarray:
        """Return the vertices, as FaceResult.canonical_vertices does."""
        return self.vertices

    def summary(self) -> str:
        """Return in a few sentences how sure the head is, why, and what would help."""
        sure = f"The head is likely to be {np.median(self.uncertainty_mm):.1f} mm from the person's, mostly"
        parts = [f"{sure}, and lies {np.median(self.view_fit):.1f} px from the pictures"]
        if self.kept:
            parts.append(f"It is the mean of the single captures, because {self.kept}")
        if self.advice:
            parts.append(f"What would help most: {self.advice}")
        return ". ".join(parts) + "."

    def save(self, path: str | Path) -> None:
        """Write arrays() as .npz, with expression_names (53,) str, see FaceResult.save."""
        replace_npz(path, self.arrays() | {"expression_names": np.array(EXPRESSIONS)})
