# SPDX-License-Identifier: GPL-3.0-or-later
"""Pictures and figures of a captured face, as PRN's repository shows them: depth, normals, PNCC, pose and so on.

They show the captured surface, on whichever mesh the results are. To add one, write a function like these and list it
in PICTURE_FORMATS.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import numpy as np

from nets.capture.face import FaceResult
from nets.capture.mesh_formats import METRES, encode_png, format_rows, named, vertex_colours
from nets.geometry.pose import angles
from nets.geometry.seen_mesh import NOTHING, PARALLEL_DISTANCE, SeenMesh
from nets.geometry.uv_layout import SIZE, UVLayout, bilinear
from nets.interface.perspective import PerspectivePose
from nets.io.exr import encode_exr
from nets.io.files import replace_file
from nets.io.matlab import encode_mat

FULL = 65535  # the greatest value of a 16-bit picture
DEPTH_MIDDLE, DEPTH_STEP = 32768, 1e-5  # of the 16-bit depth picture: its value at the head's origin; metres per step


@dataclass(frozen=True)
class FacePictures:
    """A captured face in a photo, from which pictures are made."""

    face: FaceResult
    layout: UVLayout

    @cached_property
    def seen(self) -> SeenMesh:
        """The captured surface before the photo's camera."""
        face = self.face
        width, height = face.image_size.tolist()
        return SeenMesh.of(face.canonical_vertices(), face.pose, face.triangles, (width, height))

    @cached_property
    def mean(self) -> np.ndarray:
        """Where the vertices are on the mean face, (N, 3) float32, canonical millimetres."""
        return self.at_vertices(self.layout.mean)

    def at_vertices(self, values: np.ndarray) -> np.ndarray:
        """Return a map (256, 256, C) at the vertices, (N, C)."""
        u, v = self.face.uv.T
        return bilinear(values, (1 - v) * SIZE - 0.5, u * SIZE - 0.5)

    @property
    def origin_depth(self) -> float:
        """The depth of the head's origin, metres."""
        pose = self.face.pose
        return METRES * pose.in_camera_space()[1][2] if isinstance(pose, PerspectivePose) else PARALLEL_DISTANCE


def export_depth(pictures: FacePictures, stem: Path) -> Path:
    """Write the distance from the camera, <stem>_depth.exr and <stem>_depth.png, see encode_depth."""
    path, depth = named(stem, "_depth.exr"), pictures.seen.depth()
    replace_file(path, encode_exr(depth))
    replace_file(named(stem, "_depth.png"), encode_png(encode_depth(depth, pictures.origin_depth)))
    return path


def export_normals(pictures: FacePictures, stem: Path) -> Path:
    """Write the surface's normals as a 16-bit PNG, <stem>_normals.png, see encode_normals."""
    return _write_png(named(stem, "_normals.png"), encode_normals(pictures.seen.normals()))


def export_pncc(pictures: FacePictures, stem: Path) -> Path:
    """Write the projected normalised coordinate code as a 16-bit PNG, <stem>_pncc.png, see SeenMesh.pncc."""
    return _write_png(named(stem, "_pncc.png"), to_16_bits(pictures.seen.pncc(pictures.mean, pictures.layout)))


def export_texture(pictures: FacePictures, stem: Path) -> Path:
    """Write the texture in the UV layout as PNG, <stem>_texture.png."""
    return _write_png(named(stem, "_texture.png"), pictures.face.texture)


def export_position(pictures: FacePictures, stem: Path) -> Path:
    """Write the position map as a 16-bit PNG, <stem>_position.png.

    Red, green and blue are x, y and z + L / 2 over L, the photo's longer side; black off the surface.
    """
    face = pictures.face
    coded = face.position_map / face.image_size.max() + np.float32([0, 0, 0.5])
    return _write_png(named(stem, "_position.png"), to_16_bits(coded) * pictures.layout.mask[..., None])


def export_landmarks(pictures: FacePictures, stem: Path) -> Path:
    """Write the 68 landmarks, <stem>_landmarks.txt (a row of x y z each) and <stem>_landmarks.mat (landmarks, 68 x 3).

    Both are in image space: pixels, pixel centres at integers from 0.
    """
    path, landmarks = named(stem, "_landmarks.txt"), pictures.face.landmarks68
    replace_file(path, format_rows("%.3f %.3f %.3f\n", landmarks).encode())
    replace_file(named(stem, "_landmarks.mat"), encode_mat({"landmarks": landmarks}))
    return path


def export_pose(pictures: FacePictures, stem: Path) -> Path:
    """Write the head's pose as JSON, <stem>_pose.json.

    yaw, pitch, roll: degrees, see nets.geometry.pose.angles; scale, rotation, translation: image = scale · rotation @
    canonical + translation, fitted to the captured surface; camera: as in report.json; with a perspective also
    camera_rotation, camera_translation, millimetres: camera space = rotation @ canonical + translation.
    """
    face, pose = pictures.face, pictures.face.pose
    yaw, pitch, roll = angles(face.pose_rotation)
    facts = {
        "image_size": face.image_size.tolist(),
        "yaw": yaw,
        "pitch": pitch,
        "roll": roll,
        "scale": float(face.pose_scale),
        "rotation": face.pose_rotation.tolist(),
        "translation": face.pose_translation.tolist(),
        "camera": face.camera_summary(),
    }
    if isinstance(pose, PerspectivePose):
        rotation, translation = pose.in_camera_space()
        facts |= {"camera_rotation": rotation.tolist(), "camera_translation": translation.tolist()}
    path = named(stem, "_pose.json")
    replace_file(path, json.dumps(facts, indent=1).encode())
    return path


def export_frontal(pictures: FacePictures, stem: Path) -> Path:
    """Write the captured surface without its pose as OBJ with vertex colours, <stem>_frontal.obj."""
    return _write_coloured(named(stem, "_frontal.obj"), pictures.face, pictures.face.canonical_vertices())


def export_symmetric(pictures: FacePictures, stem: Path) -> Path:
    """Write the frontal mesh, symmetric, <stem>_symmetric.obj: the mean of the surface and its mirror image.

    The UV layout is symmetric: the place opposite a texel is the one in the mirrored column.
    """
    surface = pictures.face.pose.undo(pictures.face.position_map)
    mirrored = surface[:, ::-1] * np.float32([-1, 1, 1])
    vertices = pictures.at_vertices((surface + mirrored) / 2)
    return _write_coloured(named(stem, "_symmetric.obj"), pictures.face, vertices)


PICTURE_FORMATS: dict[str, Callable[[FacePictures, Path], Path]] = {
    "depth": export_depth,
    "normals": export_normals,
    "pncc": export_pncc,
    "texture": export_texture,
    "position": export_position,
    "landmarks": export_landmarks,
    "pose": export_pose,
    "frontal": export_frontal,
    "symmetric": export_symmetric,
}


def encode_depth(depth: np.ndarray, origin: float) -> np.ndarray:
    """Return a depth picture (H, W) float32, metres, in 16 bits: relative to the depth `origin` of the head's origin.

    DEPTH_MIDDLE is that depth, and a step is DEPTH_STEP: more is farther, up to 0.33 m. 0 is beside the mesh.
    """
    steps = np.clip(np.rint((depth - origin) / DEPTH_STEP) + DEPTH_MIDDLE, 1, FULL)
    return np.where(depth < NOTHING, steps, 0).astype(np.uint16)


def encode_normals(normals: np.ndarray) -> np.ndarray:
    """Return normals (H, W, 3) in 16 bits, -1 as 0 and 1 as the greatest value; black beside the mesh."""
    return to_16_bits((normals + 1) / 2) * normals.any(2)[..., None]


def to_16_bits(values: np.ndarray) -> np.ndarray:
    """Return values in [0, 1] as uint16."""
    return np.rint(np.clip(values, 0, 1) * FULL).astype(np.uint16)


def _write_png(path: Path, picture: np.ndarray) -> Path:
    replace_file(path, encode_png(picture))
    return path


def _write_coloured(path: Path, face: FaceResult, vertices: np.ndarray) -> Path:
    """Write canonical vertices (N, 3), millimetres, with the face's colours, in metres, in quads."""
    rows = np.concatenate([vertices * METRES, vertex_colours(face) / 255], 1)
    lines = format_rows("v %.6f %.6f %.6f %.4f %.4f %.4f\n", rows) + format_rows("f %d %d %d %d\n", face.quads + 1)
    replace_file(path, lines.encode())
    return path
