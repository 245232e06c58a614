# SPDX-License-Identifier: GPL-3.0-or-later
"""Downloads the face model's files from ICT-FaceKit's repository (MIT), only when a user asks for it."""

from __future__ import annotations

import gzip
import http.client
import shutil
import urllib.error
import urllib.request
import zlib
from collections.abc import Iterator
from pathlib import Path

from nets.io.files import make_folder, replace_file
from nets.topology.face_model import VERTICES, FaceModelError
from nets.topology.import_ict import OBJECTS, import_face_model

# A fixed commit of the repository, because the order of the vertices has changed before.
UPSTREAM = "https://raw.githubusercontent.com/USC-ICT/ICT-FaceKit/da5f95a607f5e6b37755b38d3385d7f2853732e5/FaceXModel"
SECONDS = 60  # without a byte until a connection is given up


def install_face_model(source: str, out: Path) -> Iterator[tuple[int, int, str]]:
    """Make the model's file in the folder `out` from an address or a folder with upstream's files.

    Yields (done, total, file). Files that were fetched stay in out/download until all are there, so that a second call
    fetches only the others. Raises FaceModelError, OutputError.
    """
    steps = len(OBJECTS)
    if not source.startswith(("http://", "https://")):
        for done, name in enumerate(import_face_model(Path(source), out), 1):
            yield done, steps, name
        return
    folder = make_folder(out / "download")
    for done, name in enumerate(OBJECTS, 1):
        path = folder / f"{name}.obj.gz"
        if not (path.is_file() and _count_vertices(path.read_bytes()) == VERTICES):
            replace_file(path, _fetch(f"{source}/{name}.obj"))
        yield done, 2 * steps, path.name
    for done, name in enumerate(import_face_model(folder, out), 1):
        yield steps + done, 2 * steps, name
    shutil.rmtree(folder)


def _fetch(address: str) -> bytes:
    """Fetch an OBJ file and return it compressed. Raises FaceModelError if what arrives is not a shape of the model."""
    again = "Try again later: what has arrived is kept. Or download ICT-FaceKit elsewhere and choose its folder"
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            content = answer.read()
            compressed = answer.headers.get("Content-Encoding") == "gzip"
    except urllib.error.HTTPError as error:
        raise FaceModelError(f"the server answers {error.code} {error.reason}", address, again) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise FaceModelError(f"cannot be downloaded ({reason})", address, again) from None
    content = content if compressed else gzip.compress(content, 5)
    count = _count_vertices(content)
    if count != VERTICES:
        message = f"what arrived is not a shape of the face model ({count} vertices instead of {VERTICES})"
        remedy = "See in a browser whether the network asks for a login first, then try again: nothing wrong is kept"
        raise FaceModelError(message, address, remedy)
    return content


def _count_vertices(compressed: bytes) -> int:
    """Count the vertices of a compressed OBJ file; 0 if it is damaged."""
    try:
        return (b"\n" + gzip.decompress(compressed)).count(b"\nv ")
    except (OSError, EOFError, zlib.error):
        return 0
