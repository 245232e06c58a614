# SPDX-License-Identifier: GPL-3.0-or-later
"""File formats of captures on a head model's mesh: quads with a material per part, ARKit's blendshapes where they fit.

To add one, write a function like these and list it in HEAD_FORMATS. Meshes are written without the pose, life-size in
metres, y up, z out of the face, origin between the eyes.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from nets.capture.gltf import GltfBuffer
from nets.capture.mesh_formats import METRES, encode_ply, encode_png, format_rows, named
from nets.io.files import replace_file
from nets.topology.captured_head import HeadOnMesh
from nets.topology.voxels import export_voxels

PLAIN = {"mouth": (0.30, 0.07, 0.07), "teeth": (0.75, 0.70, 0.60)}  # linear RGB of parts without a texture
ROUGHNESS = {"eyes": 0.15, "teeth": 0.25, "mouth": 0.3}
SKIN_ROUGHNESS = 0.5


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
        if normals := normal_map_of(head, name):
            texture = named(stem, f"_{name}_normal.png")
            replace_file(texture, normals)
            materials += f"norm {texture.name}\n"
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
    path = named(stem, ".ply")
    points, quality = head.canonical_vertices() * METRES, head.measures["visibility"]
    replace_file(path, encode_ply(points, _vertex_colours(head), quality, head.head.model.faces))
    return path


def export_glb(head: HeadOnMesh, stem: Path) -> Path:
    """Write a binary glTF 2.0: a primitive and a material per part, textures inside, blendshapes as morph targets."""
    writer = GltfBuffer()
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
                    "TEXCOORD_0": writer.uv(uv),
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
        material = {"name": name, "pbrMetallicRoughness": surface}
        if normals := normal_map_of(head, name):
            material["normalTexture"] = {"index": writer.texture(normals)}
        materials.append(material)
    if not len(shapes):
        for primitive in primitives:
            del primitive["targets"]
    mesh = {"name": "head", "primitives": primitives}
    if len(shapes):
        mesh |= {"weights": fitted.weights.tolist(), "extras": {"targetNames": list(fitted.names)}}
    path = named(stem, ".glb")
    replace_file(path, writer.file({"nodes": [{"mesh": 0, "name": "head"}], "meshes": [mesh], "materials": materials}))
    return path


def normal_map_of(head: HeadOnMesh, part: str) -> bytes | None:
    """Return the PNG file of a part's tangent-space normal map, x right, y up; None if it has none."""
    normals = head.head.textures.get(f"{part}_normal")
    return None if normals is None else encode_png(normals)


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
