# SPDX-License-Identifier: GPL-3.0-or-later
"""File formats of captured faces and merged heads.

To add one, write a function like these and list it in EXPORTERS, or in HEAD_EXPORTERS if it needs no photo. Meshes are
written without the pose, life-size in metres, y up, z out of the face, origin between the eyes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np

from nets.capture.face import FaceResult
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
    vertices = np.zeros(len(face.vertices), [("position", "<f4", 3), ("colour", "u1", 3), ("quality", "<f4")])
    vertices["position"] = face.canonical_vertices() * METRES
    vertices["colour"] = vertex_colours(face)
    vertices["quality"] = face.visibility
    quads = np.zeros(len(face.quads), [("count", "u1"), ("corners", "<i4", 4)])
    quads["count"], quads["corners"] = 4, face.quads
    properties = [
        *(f"float {axis}" for axis in "xyz"),
        *(f"uchar {c}" for c in ("red", "green", "blue")),
        "float quality",
    ]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(vertices)}"]
    header += [f"property {name}" for name in properties]
    header += [f"element face {len(quads)}", "property list uchar int vertex_indices", "end_header\n"]
    path = named(stem, ".ply")
    replace_file(path, "\n".join(header).encode() + vertices.tobytes() + quads.tobytes())
    return path


def export_glb(face: FaceResult | MergedHead, stem: Path) -> Path:
    """Write a binary glTF 2.0 in triangles with the texture inside."""
    positions = (face.canonical_vertices() * METRES).astype("<f4")
    uv = np.stack([face.uv[:, 0], 1 - face.uv[:, 1]], 1).astype("<f4")  # glTF counts v from the top
    chunks = [positions.tobytes(), uv.tobytes(), face.triangles.astype("<u4").tobytes(), encode_png(face.texture)]
    views, offset = [], 0
    for chunk, target in zip(chunks, (34962, 34962, 34963, None), strict=True):
        view = {"buffer": 0, "byteOffset": offset, "byteLength": len(chunk)}
        views.append(view if target is None else {**view, "target": target})
        offset += len(chunk) + -len(chunk) % 4
    binary = b"".join(chunk + bytes(-len(chunk) % 4) for chunk in chunks)
    low, high = positions.min(0).tolist(), positions.max(0).tolist()
    scene = {
        "asset": {"version": "2.0"},
        "scene": 0,
        "scenes": [{"nodes": [0]}],
        "nodes": [{"mesh": 0, "name": "face"}],
        "meshes": [{"primitives": [{"attributes": {"POSITION": 0, "TEXCOORD_0": 1}, "indices": 2, "material": 0}]}],
        "materials": [
            {"pbrMetallicRoughness": {"baseColorTexture": {"index": 0}, "metallicFactor": 0.0, "roughnessFactor": 0.8}}
        ],
        "textures": [{"source": 0}],
        "images": [{"bufferView": 3, "mimeType": "image/png"}],
        "accessors": [
            {"bufferView": 0, "componentType": 5126, "count": len(uv), "type": "VEC3", "min": low, "max": high},
            {"bufferView": 1, "componentType": 5126, "count": len(uv), "type": "VEC2"},
            {"bufferView": 2, "componentType": 5125, "count": face.triangles.size, "type": "SCALAR"},
        ],
        "bufferViews": views,
        "buffers": [{"byteLength": len(binary)}],
    }
    text = json.dumps(scene, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 4)
    header = struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + len(binary))
    path = named(stem, ".glb")
    parts = [header, struct.pack("<I4s", len(text), b"JSON"), text, struct.pack("<I4s", len(binary), b"BIN\0"), binary]
    replace_file(path, b"".join(parts))
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


def encode_png(rgb: np.ndarray) -> bytes:
    """Return an image (H, W, 3) uint8 RGB as a PNG file."""
    return cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR), [cv2.IMWRITE_PNG_COMPRESSION, 3])[1].tobytes()


def format_rows(template: str, rows: np.ndarray) -> str:
    """Format rows of numbers (N, K) by a template with K places, far faster than row by row."""
    return (template * len(rows)) % tuple(rows.ravel().tolist())


def named(stem: Path, ending: str) -> Path:
    """Append an ending to a path; with_suffix would cut off what follows a dot in the stem."""
    return stem.with_name(stem.name + ending)
