# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of the face model's mesh, one material each.

Upstream's last 2,128 vertices are left out: sheets of lacrimal fluid, of shadow along the lids and of lashes, which
need the shaders of a game engine and are black or grey without them.
"""

from __future__ import annotations

import numpy as np

from nets.topology.face_model import FACE, GUMS_AND_TONGUE, LEFT_EYEBALL, MOUTH_SOCKET, RIGHT_EYEBALL, TEETH, FaceModel

EYE_SOCKETS = slice(13294, 14062)
EYEBALLS = slice(LEFT_EYEBALL.start, RIGHT_EYEBALL.stop)
LAST = EYEBALLS.stop
PARTS = {  # name of the material -> its vertices
    "skin": FACE,
    "head": slice(FACE.stop, EYE_SOCKETS.stop),  # with neck, mouth and eye sockets, which share a tile
    "mouth": GUMS_AND_TONGUE,
    "teeth": TEETH,
    "eyes": EYEBALLS,
}


def part_of_faces(model: FaceModel) -> np.ndarray:
    """Return each face's index (F,) uint8 into PARTS, len(PARTS) for those left out.

    A face belongs to the part of its last vertex, because the quads between face and scalp lie in the scalp's tile.
    """
    ends = [part.stop for part in PARTS.values()]
    return np.searchsorted(ends, model.faces.max(1), side="right").astype(np.uint8)


def cavities(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which vertex numbers lie in the mouth, and which in the eye sockets, both bool."""
    return tuple((vertices >= part.start) & (vertices < part.stop) for part in (MOUTH_SOCKET, EYE_SOCKETS))
