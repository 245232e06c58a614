# SPDX-License-Identifier: GPL-3.0-or-later
"""File formats of captures on a head model's mesh: quads with a material per part, ARKit's blendshapes where they fit.

To add one, write a function like these and list it in HEAD_FORMATS. Meshes are written without the pose, life-size in
metres, y up, z out of the face, origin between the eyes.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nets.capture.mesh_formats import METRES, encode_png, format_rows, named
from nets.io.files import replace_file
from nets.topology.captured_head import HeadOnMesh
from nets.topology.voxels import export_voxels

PLAIN = {"mouth": (0.30, 0.07, 0.07), "teeth": (0.75, 0.70, 0.60)}  # linear RGB of parts without a texture
ROUGHNESS = {"eyes": 0.15, "teeth": 0.25, "mouth": 0.3}
SKIN_ROUGHNESS = 0.5
FLOAT, SHORT, INT = 5126, 5123, 5125  # glTF component types


def export_npz(head: HeadOnMesh, stem: Path) -> Path:
    """Write all arrays as .npz, see HeadOnMesh.arrays."""
    path = named(stem, ".npz")
    head.save(path)
    return path


def export_obj(head: HeadOnMesh, stem: Path) -> Path:
    """Write a Wavefront OBJ in quads, a group and a material per part, with its MTL and the textures as PNG."""
    material, path, model = named(stem, ".mtl"), named(stem, ".obj"), head.head.model
    materials = ""
    for name in model.part_names:
        r, g, b = PLAIN.get(name, (1, 1, 1))
        materials += f"newmtl {name}\nKd {r:g} {g:g} {b:g}\nKs 0 0 0\nillum 1\n"
        if name in head.head.textures:
            texture = named(stem, f"_{name}.png")
            replace_file(texture, encode_png(head.head.textures[name]))
            materials += f"map_Kd {texture.name}\n"
    replace_file(material, materials.encode(errors="surrogateescape"))
    lines = f"mtllib {material.name}\no head\n"
    lines += format_rows("v %.6f %.6f %.6f\n", head.canonical_vertices() * METRES)
    lines += format_rows("vt %.6f %.6f\n", model.uv)
    for part, name in enumerate(model.part_names):
        own = model.part == part
        quads = own & (model.faces[:, 3] >= 0)
        lines += f"g {name}\nusemtl {name}\n"
        for chosen, corners in ((quads, 4), (own & ~quads, 3)):
            pairs = np.stack([model.faces, model.face_uv], -1)[chosen, :corners].reshape(-1, 2 * corners) + 1
            lines += format_rows("f" + corners * " %d/%d" + "\n", pairs)
    replace_file(path, lines.encode(errors="surrogateescape"))
    return path


def export_ply(head: HeadOnMesh, stem: Path) -> Path:
    """Write a binary PLY in quads, with the textures as vertex colours and the visibility as `quality`."""
    points = head.canonical_vertices()
    vertices = np.zeros(len(points), [("position", "<f4", 3), ("colour", "u1", 3), ("quality", "<f4")])
    vertices["position"], vertices["colour"] = points * METRES, _vertex_colours(head)
    vertices["quality"] = head.measures["visibility"]
    faces = head.head.model.faces
    body = b""
    for corners, chosen in ((4, faces[:, 3] >= 0), (3, faces[:, 3] < 0)):
        rows = np.zeros(int(chosen.sum()), [("count", "u1"), ("corners", "<i4", corners)])
        rows["count"], rows["corners"] = corners, faces[chosen, :corners]
        body += rows.tobytes()
    properties = [*(f"float {axis}" for axis in "xyz"), "uchar red", "uchar green", "uchar blue", "float quality"]
    header = ["ply", "format binary_little_endian 1.0", f"element vertex {len(vertices)}"]
    header += [f"property {name}" for name in properties]
    header += [f"element face {len(faces)}", "property list uchar int vertex_indices", "end_header\n"]
    path = named(stem, ".ply")
    replace_file(path, "\n".join(header).encode() + vertices.tobytes() + body)
    return path


def export_glb(head: HeadOnMesh, stem: Path) -> Path:
    """Write a binary glTF 2.0: a primitive and a material per part, textures inside, blendshapes as morph targets."""
    writer = _Glb()
    fitted, model = head.head.fitted, head.head.model
    rest, shapes = fitted.rest * METRES, fitted.shapes * METRES
    primitives, materials = [], []
    for part, name in enumerate(model.part_names):
        own = model.part == part
        corners = np.stack([model.faces[own], model.face_uv[own]], -1)
        pairs, index = np.unique(corners.reshape(-1, 2), axis=0, return_inverse=True)
        index, real = index.reshape(-1, 4), model.faces[own][:, 3] >= 0
        triangles = np.concatenate([index[:, :3], index[real][:, [0, 2, 3]]])
        vertex, place = pairs.clip(min=0).T
        uv = model.uv[place] - np.floor(model.uv[place].mean(0))
        primitives.append(
            {
                "attributes": {
                    "POSITION": writer.positions(rest[vertex]),
                    "TEXCOORD_0": writer.vectors(np.stack([uv[:, 0], 1 - uv[:, 1]], 1)),  # v counts from the top
                },
                "indices": writer.indices(triangles),
                "material": part,
                "targets": [{"POSITION": writer.offsets(shape[vertex])} for shape in shapes],
            }
        )
        surface = {"metallicFactor": 0.0, "roughnessFactor": ROUGHNESS.get(name, SKIN_ROUGHNESS)}
        if name in head.head.textures:
            surface["baseColorTexture"] = {"index": writer.texture(encode_png(head.head.textures[name]))}
        else:
            surface["baseColorFactor"] = [*PLAIN.get(name, (0.8, 0.8, 0.8)), 1.0]
        materials.append({"name": name, "pbrMetallicRoughness": surface})
    if not len(shapes):
        for primitive in primitives:
            del primitive["targets"]
    mesh = {"name": "head", "primitives": primitives}
    if len(shapes):
        mesh |= {"weights": fitted.weights.tolist(), "extras": {"targetNames": list(fitted.names)}}
    path = named(stem, ".glb")
    replace_file(path, writer.file({"nodes": [{"mesh": 0, "name": "head"}], "meshes": [mesh], "materials": materials}))
    return path


class _Glb:
    """The buffer of a binary glTF file, and what refers to it."""

    def __init__(self):
        self._chunks: list[bytes] = []
        self._size = 0
        self._views, self._accessors, self._images = [], [], []

    def positions(self, points: np.ndarray) -> int:
        """Add places (N, 3) and return their accessor."""
        points = points.astype("<f4")
        bounds = {"min": points.min(0).tolist(), "max": points.max(0).tolist()}
        return self._accessor(FLOAT, "VEC3", len(points), {"bufferView": self._view(points, 34962)} | bounds)

    def vectors(self, values: np.ndarray) -> int:
        """Add texture places (N, 2) and return their accessor."""
        view = self._view(values.astype("<f4"), 34962)
        return self._accessor(FLOAT, "VEC2", len(values), {"bufferView": view})

    def indices(self, triangles: np.ndarray) -> int:
        """Add triangles (M, 3) and return their accessor."""
        view = self._view(triangles.astype("<u4"), 34963)
        return self._accessor(INT, "SCALAR", triangles.size, {"bufferView": view})

    def offsets(self, moved: np.ndarray) -> int:
        """Add a morph target's offsets (N, 3), only those that are not 0, and return their accessor."""
        moved = moved.astype("<f4")
        rows = np.flatnonzero(np.abs(moved).max(1))
        facts = {"min": moved.min(0).tolist(), "max": moved.max(0).tolist()}
        if len(rows):
            indices = {"bufferView": self._view(rows.astype("<u4")), "componentType": INT}
            values = {"bufferView": self._view(moved[rows])}
            facts["sparse"] = {"count": len(rows), "indices": indices, "values": values}
        return self._accessor(FLOAT, "VEC3", len(moved), facts)

    def texture(self, png: bytes) -> int:
        """Add an image and return its texture."""
        self._images.append({"bufferView": self._view(np.frombuffer(png, np.uint8)), "mimeType": "image/png"})
        return len(self._images) - 1

    def file(self, content: dict) -> bytes:
        """Return the file with these nodes, meshes and materials."""
        scene = {
            "asset": {"version": "2.0"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            **content,
            "textures": [{"source": k} for k in range(len(self._images))],
            "images": self._images,
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": self._size}],
        }
        text = json.dumps(scene, separators=(",", ":")).encode()
        text += b" " * (-len(text) % 4)
        parts = [struct.pack("<4sII", b"glTF", 2, 12 + 8 + len(text) + 8 + self._size)]
        parts += [struct.pack("<I4s", len(text), b"JSON"), text, struct.pack("<I4s", self._size, b"BIN\0")]
        return b"".join([*parts, *self._chunks])

    def _view(self, array: np.ndarray, target: int | None = None) -> int:
        data = array.tobytes()
        view = {"buffer": 0, "byteOffset": self._size, "byteLength": len(data)}
        self._views.append(view if target is None else view | {"target": target})
        self._chunks.append(data + bytes(-len(data) % 4))
        self._size += len(self._chunks[-1])
        return len(self._views) - 1

    def _accessor(self, component: int, kind: str, count: int, facts: dict) -> int:
        self._accessors.append({"componentType": component, "type": kind, "count": count, **facts})
        return len(self._accessors) - 1


def _vertex_colours(head: HeadOnMesh) -> np.ndarray:
    """Return the colour of each vertex, (V, 3) uint8 sRGB: of its part's texture, or of the part."""
    model = head.head.model
    colours = np.zeros((len(head.canonical_vertices()), 3), np.uint8)
    for part, name in enumerate(model.part_names):
        own = model.part == part
        corner = model.faces[own] >= 0
        vertices, uv = model.faces[own][corner], model.uv[model.face_uv[own][corner]]
        texture = head.head.textures.get(name)
        if texture is None:
            colours[vertices] = np.uint8(255 * np.array(PLAIN.get(name, (0.8, 0.8, 0.8))) ** (1 / 2.2))
            continue
        uv = uv - np.floor(uv.mean(0))
        column, row = np.clip((uv * (1, -1) + (0, 1)) * len(texture), 0, len(texture) - 1).astype(int).T
        colours[vertices] = texture[row, column]
    return colours


HEAD_FORMATS: dict[str, Callable[[HeadOnMesh, Path], Path]] = {
    "npz": export_npz,
    "obj": export_obj,
    "ply": export_ply,
    "glb": export_glb,
    "voxels": export_voxels,
}
