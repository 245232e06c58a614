# SPDX-License-Identifier: GPL-3.0-or-later
"""A coarse head that is computed, to stand in for the ICT face model where a test does not need its exact shape.

Vertices are numbered by part as in the ICT face model, and its landmark vertices carry the landmarks here too, so that
everything that knows those numbers works on it. The surface, the faces, the chart and the shapes are our own: a lathed
head with a nose, lids, lips and cavities, about 4 mm per quad.
"""

from functools import cache
from pathlib import Path

import numpy as np

from nets.interface.expressions import EXPRESSIONS
from nets.topology.arkit import rigid_motions
from nets.topology.face_model import (
    FACE,
    GUMS_AND_TONGUE,
    HEAD_AND_NECK,
    LEFT_EYEBALL,
    MOUTH_SOCKET,
    NARROW_FACE,
    RIGHT_EYEBALL,
    TEETH,
    VERTICES,
    FaceModel,
)
from nets.topology.fit import SIMILARITY
from nets.topology.ict_head import EYE_SOCKETS, OUTER_EYE
from nets.topology.landmark_vertices import VERTICES as LANDMARK_VERTICES
from tests.nets.small_face_sheet import (
    AXIS,
    EYE_CENTRE,
    EYE_OPENING,
    EYE_RADIUS,
    EYE_ROW,
    HALF_TURN,
    LEFT_EYE,
    MOUTH_CENTRE,
    RIGHT_EYE,
    ROW_HEIGHT,
    ROWS,
    along_eye,
    below_lips,
    bend_into_face,
    draw_together,
    lathe,
    lay_chart,
    make_sheet,
    vertex_numbers,
)

IDENTITIES = 100

# What an expression does, in millimetres: its place (x and y on the person's left), its reach, the shift at weight 1.
SHIFTS = {
    "browDown": (30, 22, 18, (-1, -6, 1)),
    "browInnerUp": (14, 20, 14, (0, 8, 0)),
    "browOuterUp": (45, 22, 14, (0, 8, 0)),
    "cheekPuff": (45, -60, 22, (4, 0, 10)),
    "cheekSquint": (38, -25, 18, (0, 5, 3)),
    "eyeLookDown": (32, 6, 9, (0, -2, 0)),
    "eyeLookIn": (32, 6, 9, (-1, 0, 0)),
    "eyeLookOut": (32, 6, 9, (1, 0, 0)),
    "eyeLookUp": (32, 6, 9, (0, 2, 0)),
    "eyeSquint": (32, -10, 10, (0, 3, 1)),
    "eyeWide": (32, 8, 8, (0, 3, 0)),
    "jawForward": (0, -100, 35, (0, 0, 6)),
    "jawLeft": (0, -100, 35, (8, 0, 0)),
    "jawRight": (0, -100, 35, (-8, 0, 0)),
    "mouthClose": (0, -78, 20, (0, 4, 0)),
    "mouthDimple": (28, -70, 10, (4, 0, -3)),
    "mouthFrown": (26, -72, 12, (2, -8, 0)),
    "mouthFunnel": (0, -72, 22, (0, 0, 8)),
    "mouthLeft": (0, -72, 25, (8, 0, 0)),
    "mouthLowerDown": (12, -82, 10, (0, -7, 0)),
    "mouthPress": (20, -72, 10, (0, 0, -2)),
    "mouthPucker": (0, -72, 25, (0, 0, 9)),
    "mouthRight": (0, -72, 25, (-8, 0, 0)),
    "mouthRollLower": (0, -80, 14, (0, 3, -4)),
    "mouthRollUpper": (0, -64, 14, (0, -2, -4)),
    "mouthShrugLower": (0, -85, 18, (0, 5, 2)),
    "mouthShrugUpper": (0, -62, 14, (0, 4, 2)),
    "mouthSmile": (26, -70, 16, (9, 9, -3)),
    "mouthStretch": (28, -74, 14, (9, -3, -3)),
    "mouthUpperUp": (12, -62, 10, (0, 7, 0)),
    "noseSneer": (12, -42, 12, (0, 6, 1)),
}


@cache
def small_face_model() -> FaceModel:
    """Build the head; the same one at every call."""
    sheet, quads = make_sheet()
    numbers = vertex_numbers(sheet)
    order = np.argsort(numbers)
    sheet, quads = sheet[order], numbers[quads]
    even = draw_together(sheet)
    neutral = np.zeros((VERTICES, 3))
    neutral[FACE] = bend_into_face(sheet, even)
    faces, uv = [quads], [lay_chart(sheet, even)]
    face_uv = [quads]
    for tile, part, vertices, grid in _other_parts():
        neutral[part] = vertices
        faces.append(part.start + grid)
        face_uv.append(sum(map(len, uv)) + grid)
        uv.append(_unit_square(vertices) + (tile, 0))
    return FaceModel(
        neutral=neutral.astype(np.float32),
        identity=_identity(neutral),
        expression=_expression(neutral, sheet),
        expression_names=EXPRESSIONS,
        faces=np.concatenate(faces).astype(np.int32),
        face_uv=np.concatenate(face_uv).astype(np.int32),
        uv=np.concatenate(uv).astype(np.float32),
        landmarks68=LANDMARK_VERTICES.astype(np.int32),
    )


def save_face_model(model: FaceModel, file: Path) -> Path:
    """Write the model as nets.topology.face_model.load_face_model reads it: centimetres, shapes in half precision."""
    arrays = {name: getattr(model, name) for name in ("faces", "face_uv", "uv", "landmarks68")}
    arrays |= {name: np.float16(getattr(model, name) / 10) for name in ("identity", "expression")}
    np.savez(file, neutral=model.neutral / 10, expression_names=np.array(model.expression_names), **arrays)
    return file


def _other_parts() -> list[tuple[int, slice, np.ndarray, np.ndarray]]:
    """Make the parts other than the face.

    Each has its tile of the chart, its vertex range, its vertices (V, 3), and its quads (Q, 4), numbered from the
    range's first vertex.
    """
    columns, rows = 36, (HEAD_AND_NECK.stop - HEAD_AND_NECK.start) // 36
    angle, height = np.meshgrid(np.linspace(0, 2 * np.pi, columns, endpoint=False), np.linspace(131, -265, rows))
    angle, height = (angle.ravel() + np.pi) % (2 * np.pi) - np.pi, height.ravel()
    skull = lathe(angle, height) * (0.985, 1, 0.985)
    quads = _wrapped_quads(rows, columns)
    lowest = (EYE_ROW - ROWS) * ROW_HEIGHT
    behind_face = (np.abs(angle) < 0.9 * HALF_TURN) & (height > lowest + 5) & (height < EYE_ROW * ROW_HEIGHT - 5)
    spare = HEAD_AND_NECK.stop - HEAD_AND_NECK.start - len(skull)
    skull = np.concatenate([skull, np.tile(skull[-1], (spare, 1))])
    parts = [(1, HEAD_AND_NECK, skull, quads[~behind_face[quads].all(1)])]
    mouth = MOUTH_CENTRE + (0, 0, -12)
    upper = slice(TEETH.start, (TEETH.start + TEETH.stop) // 2)
    parts += [
        (1, MOUTH_SOCKET, *_ellipsoid(MOUTH_SOCKET, mouth, (26, 20, 28))),
        (2, GUMS_AND_TONGUE, *_ellipsoid(GUMS_AND_TONGUE, mouth, (18, 8, 20))),
        (3, upper, *_ellipsoid(upper, mouth + (0, 4, 10), (20, 5, 18))),
        (3, slice(upper.stop, TEETH.stop), *_ellipsoid(upper, mouth - (0, 7, -10), (19, 5, 17))),
    ]
    half = (EYE_SOCKETS.start + EYE_SOCKETS.stop) // 2
    sockets = slice(EYE_SOCKETS.start, half), slice(half, EYE_SOCKETS.stop)
    for side, socket, eyeball in zip((1, -1), sockets, (LEFT_EYEBALL, RIGHT_EYEBALL), strict=True):
        centre, outer = EYE_CENTRE * (side, 1, 1), slice(eyeball.start, eyeball.start + OUTER_EYE)
        inner = slice(outer.stop, eyeball.stop)
        parts += [
            (1, socket, *_ellipsoid(socket, centre - (0, 0, 6), (15, 15, 12))),
            (4, outer, *_ellipsoid(outer, centre, (EYE_RADIUS,) * 3)),
            (4, inner, *_ellipsoid(inner, centre, (0.9 * EYE_RADIUS,) * 3)),
        ]
    return parts


def _ellipsoid(part: slice, centre: np.ndarray, radii: tuple) -> tuple[np.ndarray, np.ndarray]:
    """Make as many vertices (V, 3) as the part has, on an ellipsoid with poles in front and behind, and quads (Q, 4).

    The few vertices beyond a whole number of rows lie at the last pole.
    """
    count = part.stop - part.start
    rows = int(np.sqrt(count / 2))
    columns = count // rows
    polar, turn = np.meshgrid(np.linspace(0, np.pi, rows), np.arange(columns) * 2 * np.pi / columns, indexing="ij")
    unit = np.stack([np.sin(polar) * np.cos(turn), np.sin(polar) * np.sin(turn), np.cos(polar)], -1).reshape(-1, 3)
    vertices = centre + unit * radii
    spare = np.tile(vertices[-1], (count - len(vertices), 1))
    return np.concatenate([vertices, spare]), _wrapped_quads(rows, columns)


def _wrapped_quads(rows: int, columns: int) -> np.ndarray:
    """Return the quads (Q, 4) of a grid whose last column is joined to its first, counter-clockwise from outside."""
    index = np.arange(rows * columns).reshape(rows, columns)
    right = np.roll(index, -1, 1)
    return np.stack([index[1:], right[1:], right[:-1], index[:-1]], -1).reshape(-1, 4)


def _unit_square(vertices: np.ndarray) -> np.ndarray:
    """Unroll a part around its vertical axis into texture coordinates (V, 2) in [0, 1]."""
    offset = vertices - (vertices.min(0) + vertices.max(0)) / 2
    around = np.arctan2(offset[:, 0], offset[:, 2]) / (2 * np.pi) + 0.5
    return np.stack([around, offset[:, 1] / (np.ptp(vertices[:, 1]) + 1e-6) + 0.5], 1) * 0.98 + 0.01


def _identity(neutral: np.ndarray) -> np.ndarray:
    """Make modes (100, V, 3) float32: smooth waves over the head, later ones shorter and weaker.

    An eye moves with its lids, and no mode shifts, turns or resizes the face as a whole.
    """
    rng = np.random.default_rng(0)
    places = neutral
    for centre in (EYE_CENTRE, EYE_CENTRE * (-1, 1, 1)):
        offset = places - centre
        away = np.clip((np.linalg.norm(offset, axis=1, keepdims=True) - EYE_RADIUS - 5) / 30, 0, 1)
        places = np.where(away < 1, centre + offset * away, places)
    modes = np.empty((IDENTITIES, VERTICES, 3), np.float32)
    for k in range(IDENTITIES):
        wave = rng.standard_normal(3) / np.interp(k, [0, 30, IDENTITIES], [120, 50, 20])
        direction = rng.standard_normal(3) * 2.0 * 0.95**k
        modes[k] = np.sin(places @ wave + rng.uniform(0, 2 * np.pi))[:, None] * direction
    motions = rigid_motions(places)[:SIMILARITY]
    on_face = motions[:, NARROW_FACE].reshape(SIMILARITY, -1).T
    for mode in modes:
        amounts = np.linalg.lstsq(on_face, mode[NARROW_FACE].ravel(), rcond=None)[0]
        mode -= np.tensordot(amounts, motions, 1)
    return modes


def _expression(neutral: np.ndarray, sheet: np.ndarray) -> np.ndarray:
    """Make the shapes (53, V, 3) float32 in the order of EXPRESSIONS."""
    even = draw_together(sheet)
    shapes = np.zeros((len(EXPRESSIONS), VERTICES, 3), np.float32)
    x, y, z = neutral[FACE].T
    for shape, name in zip(shapes, EXPRESSIONS, strict=True):
        stem, _, side = name.partition("_")
        mirror = -1 if side == "R" else 1
        if stem == "jawOpen":
            shape[FACE] = below_lips(sheet)[:, None] * np.clip((z - AXIS) / 80, 0, 1)[:, None] * (0, -26, -8)
        elif stem == "eyeBlink":
            across, _ = along_eye(LEFT_EYE if side == "L" else RIGHT_EYE, sheet, even)
            ring = (LEFT_EYE if side == "L" else RIGHT_EYE).offset(sheet)[1]
            lid = np.interp(ring, [0, 2, 6], [1, 1, 0]) * (sheet[:, 1] < EYE_ROW)
            shape[FACE.start : FACE.stop, 1] = -EYE_OPENING * (1 - 0.9 * across**2) * lid
        else:
            at_x, at_y, reach, shift = SHIFTS[stem]
            near = np.exp(-((x - mirror * at_x) ** 2 + (y - at_y) ** 2) / reach**2) * (z > -60)
            shape[FACE] = near[:, None] * (np.array(shift) * (mirror, 1, 1))
    lower = (neutral[GUMS_AND_TONGUE.start : TEETH.stop, 1] < MOUTH_CENTRE[1])[:, None]
    shapes[EXPRESSIONS.index("jawOpen"), GUMS_AND_TONGUE.start : TEETH.stop] = lower * np.array([0, -26, -8])
    return shapes
