# SPDX-License-Identifier: GPL-3.0-or-later
"""Changes that were made to the files of a captured head: to its textures, or to its mesh as OBJ."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np

from nets.capture.mesh_formats import METRES
from nets.errors import UsageError
from nets.geometry.pose import Pose
from nets.geometry.seen_mesh import SeenMesh
from nets.geometry.textured_mesh import TexturedMesh
from nets.interface.perspective import PerspectivePose
from nets.io.photo import read_bytes, read_photo


def with_textures(head: TexturedMesh, parts: list[str], files: list[str]) -> TexturedMesh:
    """Return a head with other textures.

    parts: names of its materials; files: "PATH", of the skin, or "PART=PATH". Raises UsageError or UnreadableError.
    """
    textures = list(head.textures)
    for text in files:
        part, separator, path = text.rpartition("=")
        part = part if separator else "skin"
        if part not in parts:
            raise UsageError(f"the head has no part {part!r}", path, f"Its parts are {', '.join(parts)}")
        textures[parts.index(part)] = read_photo(path)
    return replace(head, textures=tuple(textures))


def with_mesh(head: TexturedMesh, path: Path, pose: Pose | PerspectivePose) -> TexturedMesh:
    """Return a head with the vertices of an OBJ file, as they are exported. Raises UsageError or UnreadableError."""
    vertices = read_obj_vertices(path) / METRES
    if len(vertices) != len(head.mesh.places):
        message = f"the mesh has {len(vertices)} vertices, that of the capture {len(head.mesh.places)}"
        raise UsageError(message, path, "Change the shape, not the topology")
    return replace(head, mesh=SeenMesh.of(vertices, pose, head.mesh.triangles, head.mesh.image_size))


def read_obj_vertices(path: Path) -> np.ndarray:
    """Return the vertices (V, 3) float32 of a Wavefront OBJ file. Raises UnreadableError or UsageError."""
    lines = read_bytes(path).tobytes().decode(errors="replace").splitlines()
    try:
        rows = [[float(number) for number in line.split()[1:4]] for line in lines if line.startswith("v ")]
        return np.array(rows, np.float32).reshape(-1, 3)
    except ValueError as error:
        raise UsageError(f"not an OBJ file ({error})", path) from None
