# SPDX-License-Identifier: GPL-3.0-or-later
"""Puts the head together: skin, mouth, teeth and eyes, with their textures' layout and what moves them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from nets.lab.head import eyes, mouth
from nets.lab.head.attachment import Surface
from nets.lab.head.grids import disc, tube_quads
from nets.lab.head.learning import carried, eye_moves, eye_place, jaw_of_teeth, principal_components
from nets.lab.head.skin import Skin, make_skin
from nets.lab.head.texture_layout import lay_out
from nets.topology.chart_warp import warp_chart
from nets.topology.face_model import MOUTH_SOCKET, FaceModel
from nets.topology.landmark_vertices import VERTICES
from nets.topology.own_head import STEPS

LIPS = ("c11", "U0", "C0", "L0", "c12", "-L0", "-C0", "-U0")  # the ring of the cage at which the mouth's bag begins
# The bag's rings: z, half width, half height and y of the middle, canonical millimetres; smoothed onto the mouth's
# wall.
BAG = ((14, 24, 13, -68), (5, 30, 21, -68), (-12, 33, 24, -69), (-32, 33, 24, -69), (-52, 30, 21, -69))
BAG_BACK = -66.0
RIGHT_LIDS, LEFT_LIDS = VERTICES[[[37, 38], [41, 40]]], VERTICES[[[43, 44], [47, 46]]]  # upper and lower edge


@dataclass
class Parts:
    """The head while it grows: per part its vertices' mean (N, 3), moves (B, N, 3), quads and texture places."""

    names: list[str] = field(default_factory=list)
    points: list[np.ndarray] = field(default_factory=list)
    moves: list[np.ndarray] = field(default_factory=list)
    quads: list[np.ndarray] = field(default_factory=list)
    uv: list[np.ndarray] = field(default_factory=list)
    face_uv: list[np.ndarray] = field(default_factory=list)

    def count(self) -> int:
        """Return the number of vertices so far."""
        return sum(map(len, self.points))

    def add(self, name: str, points, moves, quads, uv, face_uv=None, own: bool = True) -> None:
        """Add a part; quads count from its own first vertex (`own`) or are numbers of the whole head's."""
        places = sum(map(len, self.uv))
        self.quads.append(quads + (self.count() if own else 0))
        self.face_uv.append((quads if face_uv is None else face_uv) + places)
        self.names.append(name)
        self.points.append(points)
        self.moves.append(moves)
        self.uv.append(uv)


def build_head(model: FaceModel, steps: int = STEPS) -> dict[str, np.ndarray]:
    """Return the head's arrays by name, see nets/topology/own_head.py for their meaning."""
    skin = make_skin(model, warp_chart(model), steps)
    shapes = np.concatenate([model.identity, model.expression]).astype(np.float64)
    parts = Parts()
    points = skin.attachment.of(model.neutral)
    uv, face_uv = lay_out(skin, points)
    parts.add("skin", points, skin.attachment.of(shapes), skin.quads, uv, face_uv)
    _add_mouth(parts, skin, model, shapes)
    for name, arch, carriers in zip(("upper", "lower"), (mouth.UPPER, mouth.LOWER), jaw_of_teeth(model), strict=True):
        for kind, make in (("gums", mouth.gums), ("teeth", mouth.teeth)):
            own, quads = make(arch)
            parts.add(f"{name} {kind}", own, carried(shapes, model, carriers, own), quads, _plain(own))
    own, quads = mouth.tongue()
    parts.add("tongue", own, carried(shapes, model, jaw_of_teeth(model)[1], own), quads, _plain(own))
    unit, quads, places = eyes.eyeball()
    for side in ("left", "right"):
        centre, radius = eye_place(model, side == "left")
        moves = eye_moves(shapes, model, side == "left", unit)
        parts.add(f"{side} eye", centre + radius * unit, moves, quads, places)
    return _arrays(parts, skin, model)


def _add_mouth(parts: Parts, skin: Skin, model: FaceModel, shapes: np.ndarray) -> None:
    """Add the bag behind the lips, which shares the skin's ring at the mouth."""
    lips = skin.ring(*LIPS)
    angle = np.linspace(0, 2 * np.pi, len(lips), endpoint=False)  # from the middle of the upper lip to the left
    rings = [
        np.stack([wide * np.sin(angle), middle + high * np.cos(angle), np.full(len(angle), float(z))], 1)
        for z, wide, high, middle in BAG
    ]
    weights, _ = disc(np.arange(len(lips)), 0)
    back = weights @ rings[-1]
    back[:, 2] = BAG_BACK
    faces = model.faces
    wall = faces[((faces >= MOUTH_SOCKET.start) & (faces < MOUTH_SOCKET.stop)).all(1)]
    attachment = Surface(model.neutral, wall).attach(np.concatenate([*rings, back]))
    first = parts.count()
    numbers = np.concatenate([[lips], first + np.arange(len(BAG) * len(lips)).reshape(len(BAG), -1)])
    _, cap = disc(numbers[-1], first + len(BAG) * len(lips))
    quads = np.concatenate([tube_quads(numbers), cap[:, ::-1]])  # seen from inside the mouth
    points = attachment.of(model.neutral)
    depth = np.r_[np.repeat(np.arange(1, len(BAG) + 1), len(lips)), np.full(len(back), len(BAG) + 0.6)]
    around = np.r_[np.tile(angle, len(BAG)), np.arctan2(back[:, 0], back[:, 1] - BAG[-1][3])]
    radius = (len(BAG) + 1.5 - depth) / (len(BAG) + 1.5) / 2
    uv = 0.5 + radius[:, None] * np.stack([np.sin(around), np.cos(around)], 1)
    rim = 0.5 + 0.499 * np.stack([np.sin(angle), np.cos(angle)], 1)
    own = np.searchsorted(np.sort(lips), quads)
    places = np.where(np.isin(quads, lips), np.argsort(lips)[np.minimum(own, len(lips) - 1)], quads - first + len(lips))
    parts.add("mouth", points, attachment.of(shapes), quads, np.concatenate([rim, uv]), places, own=False)


def _plain(points: np.ndarray) -> np.ndarray:
    """Return places (N, 2) of points seen from the front: of teeth and tongue, whose texture is even."""
    low, high = points.min(0)[:2], points.max(0)[:2]
    return 0.02 + 0.96 * (points[:, :2] - low) / (high - low)


def _lids(skin: Skin, model: FaceModel, places: np.ndarray) -> np.ndarray:
    """Return the skin's vertices (2, 2), of those that the light head has too, nearest to the face model's (2, 2)."""
    light = np.unique(skin.grids[:, ::2, ::2])
    own = skin.attachment.of(model.neutral)[light]
    apart = np.linalg.norm(own - model.neutral[places][..., None, :], axis=-1)
    return light[apart.argmin(-1)].astype(np.int32)


def _arrays(parts: Parts, skin: Skin, model: FaceModel) -> dict[str, np.ndarray]:
    moves = np.concatenate(parts.moves, 1)
    identity = principal_components(moves[: len(model.identity)])
    counts = np.cumsum([0, *map(len, parts.points)])
    return {
        "neutral": np.concatenate(parts.points).astype(np.float32),
        "identity": identity.astype(np.float32),
        "expression": moves[len(model.identity) :].astype(np.float32),
        "expression_names": np.array(model.expression_names),
        "faces": np.concatenate(parts.quads).astype(np.int32),
        "face_uv": np.concatenate(parts.face_uv).astype(np.int32),
        "uv": np.concatenate(parts.uv).astype(np.float32),
        "chart": skin.chart.astype(np.float32),
        "left_lids": _lids(skin, model, LEFT_LIDS),
        "right_lids": _lids(skin, model, RIGHT_LIDS),
        "left_lid_columns": skin.eye_columns("").astype(np.int32),
        "right_lid_columns": skin.eye_columns("-").astype(np.int32),
        "part_names": np.array(parts.names),
        "part_ends": counts[1:].astype(np.int32),
    }
