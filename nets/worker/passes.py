# SPDX-License-Identifier: GPL-3.0-or-later
"""The worker's job `passes`: depth, normals and PNCC of a head as Blender's camera sees it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from nets.capture.mesh_formats import encode_png
from nets.capture.picture_formats import encode_normals, to_16_bits
from nets.io.exr import encode_exr
from nets.io.files import replace_file
from nets.worker.models import Models
from nets.worker.request import Message, Request
from nets.worker.seen_head import mean_vertices, seen_mesh_of


def passes(request: Request, models: Models) -> Iterator[Message]:
    """Yield the answers to a `passes` request."""
    mesh, files = seen_mesh_of(request), dict(request.message["files"])
    contents = {"depth": encode_exr(mesh.depth()), "normals": encode_png(encode_normals(mesh.normals()))}
    mean = mean_vertices(request, models)
    if mean is None:
        del files["pncc"]
        message = "PNCC is left out: the number of vertices was changed, and with it their places on the mean head"
        yield {"type": "warning", "message": message}, {}
    else:
        contents["pncc"] = encode_png(to_16_bits(mesh.pncc(mean, models.bundle(request.options).layout)))
    for name, path in files.items():
        replace_file(Path(path), contents[name])
    yield {"type": "pictures", "files": files}, {}
