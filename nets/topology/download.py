# SPDX-License-Identifier: GPL-3.0-or-later
"""Fetches the face model's files from ICT-FaceKit's repository (MIT). Only ever runs because a user asked for it."""

from __future__ import annotations

import gzip
import http.client
import shutil
import urllib.error
import urllib.request
from collections.abc import Iterator
from pathlib import Path

from nets.io.files import make_folder, replace_file
from nets.topology.face_model import FaceModelError
from nets.topology.import_ict import OBJECTS, import_face_model

# A fixed state of the repository, for the order of the vertices has changed before.
UPSTREAM = "https://raw.githubusercontent.com/USC-ICT/ICT-FaceKit/da5f95a607f5e6b37755b38d3385d7f2853732e5/FaceXModel"
SECONDS = 60  # without a byte, after which a connection is given up


def install_face_model(source: str, out: Path) -> Iterator[tuple[int, int, str]]:
    """Makes the model's file in the folder `out` from an address or a folder with upstream's files; yields (done,
    total, file). What was fetched stays in out/download until all is there, so that a second call goes on.

    Raises FaceModelError, OutputError.
    """
    steps = len(OBJECTS)
    if not source.startswith(("http://", "https://")):
        for done, name in enumerate(import_face_model(Path(source), out), 1):
            yield done, steps, name
        return
    folder = make_folder(out / "download")
    for done, name in enumerate(OBJECTS, 1):
        path = folder / f"{name}.obj.gz"
        if not path.is_file():
            replace_file(path, _fetch(f"{source}/{name}.obj"))
        yield done, 2 * steps, path.name
    for done, name in enumerate(import_face_model(folder, out), 1):
        yield steps + done, 2 * steps, name
    shutil.rmtree(folder)


def _fetch(address: str) -> bytes:
    """The file there, packed."""
    again = "Try again later: what has arrived is kept. Or download ICT-FaceKit elsewhere and choose its folder"
    request = urllib.request.Request(address, headers={"Accept-Encoding": "gzip"})
    try:
        with urllib.request.urlopen(request, timeout=SECONDS) as answer:
            content = answer.read()
            packed = answer.headers.get("Content-Encoding") == "gzip"
    except urllib.error.HTTPError as error:
        raise FaceModelError(f"the server answers {error.code} {error.reason}", address, again) from None
    except (OSError, http.client.HTTPException) as error:
        reason = getattr(error, "reason", error)
        raise FaceModelError(f"cannot be downloaded ({reason})", address, again) from None
    return content if packed else gzip.compress(content, 5)
