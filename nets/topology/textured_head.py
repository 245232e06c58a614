# SPDX-License-Identifier: GPL-3.0-or-later
"""A face as it was captured, on its grid or on a head model's mesh, with its textures before its photo's camera."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.capture.face import FaceResult
from nets.geometry.pose import Pose, pose_with
from nets.geometry.seen_mesh import SeenMesh
from nets.geometry.textured_mesh import TexturedMesh
from nets.interface.perspective import Camera, PerspectivePose
from nets.topology.captured_head import measures_on
from nets.topology.head import HeadMaker
from nets.topology.head_formats import PLAIN


@dataclass(frozen=True)
class PhotoHead:
    """A captured head in its photo.

    head: as it was captured, a material per part
    in_view: (V,) float32 in [0, 1], the probability that nothing covers the vertex in the photo; NaN where it is not
        known, on eyes, mouth and teeth
    """

    head: TexturedMesh
    in_view: np.ndarray

    @staticmethod
    def of_result(arrays: dict[str, np.ndarray]) -> PhotoHead:
        """Return the head of a result file of a photo, on whichever mesh it is. Raises KeyError or ValueError."""
        width, height = (int(each) for each in arrays["image_size"])
        pose = pose_of(arrays)
        canonical = pose.undo(arrays["vertices"].astype(np.float32))
        if "part_names" not in arrays:
            mesh = SeenMesh.of(canonical, pose, arrays["triangles"], (width, height))
            material = np.zeros(len(mesh.triangles), int)
            textured = TexturedMesh(mesh, arrays["uv"][mesh.triangles], material, (arrays["texture"],))
            return PhotoHead(textured, arrays["in_view"])
        mesh = SeenMesh.of(canonical, pose, halves(arrays["quads"]), (width, height))
        names = part_names(arrays)
        textures = tuple(arrays.get(texture_key(name), plain_texture(name)) for name in names)
        textured = TexturedMesh(mesh, halves(arrays["corner_uv"]), np.tile(arrays["part"], 2), textures)
        on_skin = np.zeros(len(canonical), bool)
        on_skin[arrays["quads"][arrays["part"] == names.index("skin")]] = True
        return PhotoHead(textured, np.where(on_skin, arrays["in_view"], np.nan).astype(np.float32))


def pose_of(arrays: dict[str, np.ndarray]) -> Pose | PerspectivePose:
    """Return the pose of a result file before the photo's camera, as FaceResult.pose. Raises KeyError."""
    parts = (arrays[f"perspective_{name}"] for name in ("scale", "rotation", "translation"))
    return pose_with(Camera.of_array(arrays["camera"]), *parts)


def part_names(arrays: dict[str, np.ndarray]) -> list[str]:
    """Return the names of the materials of a result file: its parts, or the skin alone."""
    return [str(name) for name in arrays.get("part_names", ("skin",))]


def texture_key(part: str) -> str:
    """Return the name of a part's texture in a result file."""
    return "texture" if part == "skin" else f"texture_{part}"


def in_view_on(face: FaceResult, head_maker: HeadMaker | None) -> np.ndarray:
    """Return in_view of a PhotoHead."""
    if head_maker is None:
        return face.in_view
    model = head_maker.model
    in_view, on_skin = measures_on(face, head_maker)["in_view"], np.zeros(len(model.neutral), bool)
    on_skin[model.faces[model.part == model.part_names.index("skin")]] = True
    return np.where(on_skin, in_view, np.nan).astype(np.float32)


def halves(quads: np.ndarray) -> np.ndarray:
    """Return what quads (Q, 4, …) have at their corners for the two triangles of each, (2 Q, 3, …)."""
    return np.concatenate([quads[:, :3], quads[:, [0, 2, 3]]])


def plain_texture(part: str) -> np.ndarray:
    """Return a texture of one texel (1, 1, 3) uint8 for a part without one."""
    return np.uint8([[255 * np.array(PLAIN.get(part, (0.8, 0.8, 0.8))) ** (1 / 2.2)]])
