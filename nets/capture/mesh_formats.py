# SPDX-License-Identifier: GPL-3.0-or-later
"""File formats of captured faces and merged heads.

To add one, write a function like these and list it in EXPORTERS, or in HEAD_EXPORTERS if it needs no photo. Meshes are
written without the pose, life-size in metres, y up, z out of the face, origin between the eyes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from nets.capture.face import FaceResult
from nets.capture.gltf import GltfBuffer
from nets.capture.merged_head import MergedHead
from nets.io.files import replace_file

METRES = 0.001  # per millimetre


def export_npz(face: FaceResult | MergedHead, stem: Path) -> Path:
    """Write all arrays as .npz."""
    path = named(stem, ".npz")
    face.save(path)
    return path


def export_obj(face: FaceResult | MergedHead, stem: Path) -> Path:
    """Write a Wavefront OBJ in quads, with its MTL and the texture as PNG."""
    texture, material, path = named(stem, "_texture.png"), named(stem, ".mtl"), named(stem, ".obj")
    replace_file(texture, encode_png(face.texture))
    replace_file(
        material, f"newmtl face\nKd 1 1 1\nKs 0 0 0\nillum 1\nmap_Kd {texture.name}\n".encode(errors="surrogateescape")
    )
    lines = f"mtllib {material.name}\no face\n"
    lines += format_rows("v %.6f %.6f %.6f\n", face.canonical_vertices() * METRES)
    lines += format_rows("vt %.6f %.6f\n", face.uv)
    lines += "usemtl face\n" + format_rows("f %d/%d %d/%d %d/%d %d/%d\n", np.repeat(face.quads + 1, 2, axis=1))
    replace_file(path, lines.encode(errors="surrogateescape"))
    return path


def export_ply(face: FaceResult | MergedHead, stem: Path) -> Path:
    """Write a binary PLY in quads, with the texture as vertex colours and the visibility as `quality`."""
    path = named(stem, ".ply")
    points = face.canonical_vertices() * METRES
    replace_file(path, encode_ply(points, vertex_colours(face), face.visibility, face.quads))
    return path


def export_glb(face: FaceResult | MergedHead, stem: Path) -> Path:
    """Write a binary glTF 2.0 in triangles with the texture inside."""
    writer = GltfBuffer()
    positions, uv = writer.positions(face.canonical_vertices() * METRES), writer.uv(face.uv)
    primitive = {
        "attributes": {"POSITION": positions, "TEXCOORD_0": uv},
        "indices": writer.indices(face.triangles),
        "material": 0,
    }
    texture = {"index": writer.texture(encode_png(face.texture))}
    surface = {"baseColorTexture": texture, "metallicFactor": 0.0, "roughnessFactor": 0.8}
    content = {
        "nodes": [{"mesh": 0, "name": "face"}],
        "meshes": [{"primitives": [primitive]}],
        "materials": [{"pbrMetallicRoughness": surface}],
    }
    path = named(stem, ".glb")
    replace_file(path, writer.file(content))
    return path


def export_png(face: FaceResult, photo: np.ndarray, stem: Path) -> Path:
    """Write the photo with the mesh and the 68 landmarks drawn over it."""
    path = named(stem, ".png")
    replace_file(path, encode_png(draw_overlay(face, photo)))
    return path


HEAD_EXPORTERS: dict[str, Callable[[FaceResult | MergedHead, Path], Path]] = {
    "npz": export_npz,
    "obj": export_obj,
    "ply": export_ply,
    "glb": export_glb,
}
EXPORTERS: dict[str, Callable[[FaceResult, np.ndarray, Path], Path]] = {
    **{name: lambda face, _, stem, export=export: export(face, stem) for name, export in HEAD_EXPORTERS.items()},
    "png": export_png,
}


def draw_overlay(face: FaceResult, photo: np.ndarray) -> np.ndarray:
    """Return a photo (H, W, 3) with a lattice of the face's visible vertices and its landmarks drawn on it."""
    picture = photo.copy()
    size = float(np.sqrt(np.prod(face.box[2:] - face.box[:2])))
    radius = max(round(size / 110), 1)
    xy = face.vertices[:, :2]
    lattice = (face.visibility > 0.5) & (np.arange(len(xy)) % 7 == 0)
    rows = np.rint(xy[lattice]).astype(int)
    rows = rows[((rows >= 0) & (rows < [photo.shape[1], photo.shape[0]])).all(1)]
    picture[rows[:, 1], rows[:, 0]] = picture[rows[:, 1], rows[:, 0]] // 2 + np.array([20, 110, 90], np.uint8)
    for x, y, _ in face.landmarks68:
        centre = (round(float(x) * 16), round(float(y) * 16))  # four fractional bits
        cv2.circle(picture, centre, radius * 16, (255, 220, 40), -1, cv2.LINE_AA, 4)
    left, top, right, bottom = (round(float(edge)) for edge in face.box)
    cv2.rectangle(picture, (left, top), (right, bottom), (255, 255, 255), 1)
    return picture


def vertex_colours(face: FaceResult | MergedHead) -> np.ndarray:
    """Return the texture's colour at each vertex, (N, 3) uint8."""
    size = len(face.texture)
    column = np.clip(face.uv[:, 0] * size, 0, size - 1).astype(int)
    row = np.clip((1 - face.uv[:, 1]) * size, 0, size - 1).astype(int)
    return face.texture[row, column]


def encode_png(image: np.ndarray) -> bytes:
    """Return an image, RGB (H, W, 3) or grey (H, W), uint8 or uint16, as a PNG file."""
    stored = cv2.cvtColor(image, cv2.COLOR_RGB2BGR) if image.ndim == 3 else image
    return cv2.imencode(".png", stored, [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes()


def encode_ply(points: np.ndarray, colours: np.ndarray, quality: np.ndarray, faces: np.ndarray) -> bytes:
    """Return a mesh as a binary PLY file.

    points: (V, 3); colours: (V, 3) uint8 RGB; quality: (V,); faces: (F, 4), last index -1 for a triangle
    """
    vertices = np.zeros(len(points), [("position", "<f4", 3), ("colour", "u1", 3), ("quality", "<f4")])
    vertices["position"], vertices["colour"], vertices["quality"] = points, colours, quality
    properties = [*(f"float {axis}" for axis in "xyz"), "uchar red", "uchar green", "uchar blue", "float quality"]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(vertices)}"]
    header += [f"property {name}" for name in properties]
    header += [f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header\n"]
    body = ["\n".join(header).encode(), vertices.tobytes()]
    for corners, chosen in ((4, faces[:, 3] >= 0), (3, faces[:, 3] < 0)):
        rows = np.zeros(int(chosen.sum()), [("count", "u1"), ("corners", "<i4", corners)])
        rows["count"], rows["corners"] = corners, faces[chosen, :corners]
        body.append(rows.tobytes())
    return b"".join(body)


def format_rows(template: str, rows: np.ndarray) -> str:
    """Format rows of numbers (N, K) by a template with K places, far faster than row by row."""
    return (template * len(rows)) % tuple(rows.ravel().tolist())


def named(stem: Path, ending: str) -> Path:
    """Append an ending to a path; with_suffix would cut off what follows a dot in the stem."""
    return stem.with_name(stem.name + ending)
