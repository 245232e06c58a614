# SPDX-License-Identifier: GPL-3.0-or-later
"""The ICT face model as a head model: a material per part, eyes, teeth and lids named.

Left out are upstream's last 2,128 vertices: sheets of lacrimal fluid, of shadow along the lids and of lashes, which
need the shaders of a game engine and are black or grey without them.
"""

from __future__ import annotations

import numpy as np

from nets.topology.chart_warp import WarpedChart
from nets.topology.face_model import FACE, GUMS_AND_TONGUE, LEFT_EYEBALL, MOUTH_SOCKET, RIGHT_EYEBALL, TEETH, FaceModel
from nets.topology.head_model import HeadModel
from nets.topology.landmark_vertices import VERTICES

EYE_SOCKETS = slice(13294, 14062)
EYEBALLS = slice(LEFT_EYEBALL.start, RIGHT_EYEBALL.stop)
LAST = EYEBALLS.stop
OUTER_EYE = 770  # vertices of an eyeball, the first: white and cornea
PARTS = {  # name of the material -> its vertices
    "skin": FACE,
    "head": slice(FACE.stop, EYE_SOCKETS.stop),  # with neck, mouth and eye sockets, which share a tile
    "mouth": GUMS_AND_TONGUE,
    "teeth": TEETH,
    "eyes": EYEBALLS,
}
LIDS = {"Left": VERTICES[[[43, 44], [47, 46]]], "Right": VERTICES[[[37, 38], [41, 40]]]}  # upper and lower edge


def ict_head(model: FaceModel, chart: WarpedChart) -> HeadModel:
    """Return the parts of the face model that heads have."""
    part = part_of_faces(model)
    kept = part < len(PARTS)
    eyes = {"Left": LEFT_EYEBALL, "Right": RIGHT_EYEBALL}
    return HeadModel(
        neutral=model.neutral[:LAST],
        identity=model.identity[:, :LAST],
        expression=model.expression[:, :LAST],
        expression_names=model.expression_names,
        faces=model.faces[kept],
        face_uv=model.face_uv[kept],
        uv=model.uv,
        part=part[kept],
        part_names=tuple(PARTS),
        chart=chart.vertex_uv,
        eyes={side: _numbers(eyeball) for side, eyeball in eyes.items()},
        eye_surface={side: _numbers(eyeball)[:OUTER_EYE] for side, eyeball in eyes.items()},
        rigid=(*map(_numbers, eyes.values()), np.arange(GUMS_AND_TONGUE.start, TEETH.stop)),
        lids=LIDS,
        lid_columns={},
    )


def part_of_faces(model: FaceModel) -> np.ndarray:
    """Return the index (F,) uint8 into PARTS of every face, len(PARTS) for those left out.

    The last vertex of a face decides: the quads between face and scalp lie in the scalp's tile.
    """
    ends = [part.stop for part in PARTS.values()]
    return np.searchsorted(ends, model.faces.max(1), side="right").astype(np.uint8)


def cavities(vertices: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return which of the vertex numbers lie in the mouth, and which in the eye sockets, both bool."""
    return tuple((vertices >= part.start) & (vertices < part.stop) for part in (MOUTH_SOCKET, EYE_SOCKETS))


def _numbers(part: slice) -> np.ndarray:
    return np.arange(part.start, part.stop)
