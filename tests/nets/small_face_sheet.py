# SPDX-License-Identifier: GPL-3.0-or-later
"""The face of the computed head: a sheet of quads with holes for eyes and mouth, bent into a face."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import PchipInterpolator

from nets.topology.face_model import FACE, FACE_QUADS, NARROW_FACE
from nets.topology.landmark_vertices import VERTICES as LANDMARK_VERTICES

# The face is a sheet of quads with three holes. Column 0 is at the person's right, row 0 on the forehead. With these
# numbers its outline has as many edges as Euler's formula asks of 9,409 vertices and 9,230 quads.
ROWS, COLUMNS, MIDDLE = 59, 82, 41
ROW_HEIGHT = 3.79  # millimetres
EYE_ROW, MOUTH_ROW = 20, 39
HALF_TURN = np.radians(110)  # from the middle of the face to the sheet's edge
EYE_CENTRE, EYE_RADIUS = np.array([32, 0, 0]), 13.0  # of the left eye, millimetres
EYE_OPENING = 9.8  # millimetres
MOUTH_CENTRE = np.array([0, -72, 0])

# By height y in millimetres: half the head's width, and z at its front and at its back.
HEIGHTS = -265, -200, -160, -125, -115, -105, -90, -75, -60, -40, 0, 20, 40, 75, 100, 120, 131
HALF_WIDTHS = 130, 75, 58, 55, 50, 52, 58, 63, 67, 70, 75, 76, 76, 72, 62, 38, 0.1
FRONTS = -10, -20, -26, -22, 6, 14, 15, 22, 24, 22, 15, 25, 22, 10, -8, -35, -74
BACKS = -150, -140, -135, -136, -137, -138, -143, -147, -154, -162, -172, -172, -172, -162, -145, -115, -76
AXIS = -75  # z of the lathe's axis
WIDTH_AT, FRONT_AT, BACK_AT = (PchipInterpolator(HEIGHTS, values) for values in (HALF_WIDTHS, FRONTS, BACKS))


@dataclass(frozen=True)
class Hole:
    """A rectangle of the sheet without quads.

    rings: rings of quads around it, which face backward on a real head and are drawn together to `width` rows
    reach: ring from which the sheet is even again
    """

    columns: tuple[int, int]
    row: int
    rings: int
    width: float
    reach: int

    def offset(self, sheet: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return the offset (N, 2) of places (N, 2) from the hole's edge, and the ring (N,) that each is on."""
        low, high = (self.columns[0], self.row - 1), (self.columns[1], self.row + 1)
        offset = sheet - np.clip(sheet, low, high)
        return offset, np.abs(offset).max(1)

    def shift(self, sheet: np.ndarray) -> np.ndarray:
        """Return the shift (N, 2) of places (N, 2) that makes the inner rings narrow."""
        offset, ring = self.offset(sheet)
        drawn = np.interp(ring, [0, self.rings, self.reach], [0, self.width, self.reach])
        drawn = np.where(ring < self.reach, drawn, ring)
        return offset * (drawn / np.maximum(ring, 1e-6) - 1)[:, None]


RIGHT_EYE, LEFT_EYE = (Hole(columns, EYE_ROW, 2, 0.8, 6) for columns in ((27, 36), (46, 55)))
MOUTH = Hole((33, 49), MOUTH_ROW, 6, 1.6, 13)
HOLES = RIGHT_EYE, LEFT_EYE, MOUTH


def make_sheet() -> tuple[np.ndarray, np.ndarray]:
    """Make the face's vertices as places (9409, 2) in columns and rows, and its quads (9230, 4), counter-clockwise."""
    column, row = np.meshgrid(np.arange(COLUMNS), np.arange(ROWS))
    kept = np.ones((ROWS, COLUMNS), bool)
    for hole in HOLES:
        kept[hole.row - 1 : hole.row + 1, hole.columns[0] : hole.columns[1]] = False
    cells = np.stack([column[kept], row[kept]], 1)
    corners = cells[:, None] + [[0, 1], [1, 1], [1, 0], [0, 0]]
    numbers = corners[..., 1] * (COLUMNS + 1) + corners[..., 0]
    used, quads = np.unique(numbers, return_inverse=True)
    quads = quads.reshape(-1, 4)
    places = np.stack([used % (COLUMNS + 1), used // (COLUMNS + 1)], 1).astype(float)

    # A smaller quad inside a quad adds four vertices and four quads: this brings both counts to those of the topology.
    count = (FACE_QUADS.stop - len(quads)) // 4
    from_middle = np.linalg.norm(cells + 0.5 - (MIDDLE, (EYE_ROW + MOUTH_ROW) / 2), axis=1)
    split = np.sort(np.argsort(from_middle, kind="stable")[:count])
    outer = quads[split]
    middle = places[outer].mean(1, keepdims=True)
    inner = len(places) + np.arange(4 * count).reshape(-1, 4)
    sides = [np.stack([outer[:, k], outer[:, k - 3], inner[:, k - 3], inner[:, k]], 1) for k in range(4)]
    places = np.concatenate([places, (middle + 0.4 * (places[outer] - middle)).reshape(-1, 2)])
    quads = np.concatenate([np.delete(quads, split, 0), inner, *sides])
    assert (len(places), len(quads)) == (FACE.stop, FACE_QUADS.stop)
    return places, quads


def draw_together(sheet: np.ndarray) -> np.ndarray:
    """Return places (N, 2) with the inner rings of all holes drawn together."""
    return sheet + sum(hole.shift(sheet) for hole in HOLES)


def vertex_numbers(sheet: np.ndarray) -> np.ndarray:
    """Return the number (9409,) of each vertex: landmarks have their own, the others are numbered from the middle."""
    numbers = np.full(len(sheet), -1)
    for place, number in zip(_landmark_places(), LANDMARK_VERTICES, strict=True):
        distance = np.abs(sheet - place).max(1)
        distance[numbers >= 0] = np.inf
        numbers[distance.argmin()] = number
    rest = np.flatnonzero(numbers < 0)
    from_middle = np.abs((sheet[rest] - (MIDDLE, EYE_ROW)) / (0.75 * MIDDLE, 0.8 * ROWS)).max(1)
    free = np.setdiff1d(np.arange(len(sheet)), LANDMARK_VERTICES)
    numbers[rest[np.argsort(from_middle, kind="stable")]] = free
    assert (numbers < NARROW_FACE.stop).sum() == NARROW_FACE.stop
    return numbers


def _landmark_places() -> np.ndarray:
    """Return the columns and rows (68, 2) of the landmarks in iBUG order."""
    angle = np.linspace(-80, 80, 17)
    jaw = [(MIDDLE + a / 110 * MIDDLE, EYE_ROW + (118 - 103 * abs(a / 80) ** 1.6) / ROW_HEIGHT) for a in angle]
    brows = [(side, 14) for side in (24, 27, 30, 33, 36, 46, 49, 52, 55, 58)]
    nose = [(MIDDLE, row) for row in (20, 23, 26, 28)] + [(column, 29) for column in (37, 39, 41, 43, 45)]
    eyes = []
    for hole in (RIGHT_EYE, LEFT_EYE):
        left, right = hole.columns
        upper, lower = ([(column, hole.row + side) for column in (left + 3, right - 3)] for side in (-1, 1))
        eyes += [(left - 2, hole.row), *upper, (right + 2, hole.row), *lower[::-1]]
    across, inside = (35, 38, 41, 44, 47), (36, 41, 46)
    lips = [(27, 39), *((c, 31) for c in across), (55, 39), *((c, 47) for c in across[::-1])]
    lips += [(28, 39), *((c, 32) for c in inside), (54, 39), *((c, 46) for c in inside[::-1])]
    return np.array([*jaw, *brows, *nose, *eyes, *lips])


def lathe(angle: np.ndarray, height: np.ndarray) -> np.ndarray:
    """Return points (N, 3) of the bare head, by angle from straight ahead to the person's left, and by height."""
    depth = np.where(np.cos(angle) > 0, FRONT_AT(height) - AXIS, AXIS - BACK_AT(height))
    return np.stack([WIDTH_AT(height) * np.sin(angle), height, AXIS + depth * np.cos(angle)], 1)


def bend_into_face(sheet: np.ndarray, even: np.ndarray) -> np.ndarray:
    """Return the face's vertices (N, 3), given their places in the sheet and the same with the rings drawn together."""
    height = (EYE_ROW - even[:, 1]) * ROW_HEIGHT
    for hole in (RIGHT_EYE, LEFT_EYE):
        across, near = along_eye(hole, sheet, even)
        height = height * (1 + (1.3 - 1.17 * across**2 - 1) * near**2)  # an almond: open in the middle
    ring = MOUTH.offset(sheet)[1]
    closed = np.interp(ring, [0, 6, 10], [0.03, 0.2, 1])
    height = MOUTH_CENTRE[1] + (height - MOUTH_CENTRE[1]) * closed
    points = lathe((even[:, 0] / MIDDLE - 1) * HALF_TURN, height)
    x, y, z = points.T
    z = z + 27 * np.exp(-((x / 11) ** 2) - ((y + 36) / 16) ** 2) + 12 * np.exp(-((x / 8) ** 2) - ((y + 12) / 14) ** 2)
    z = z + 8 * np.exp(-((x / 22) ** 2) - ((y + 72) / 9) ** 2) - 9 * np.clip(1 - ring / 6, 0, 1) ** 2  # lips roll in
    from_eye = np.hypot(np.abs(x) - EYE_CENTRE[0], y)
    ball = np.sqrt(np.maximum((EYE_RADIUS + 0.6) ** 2 - from_eye**2, 0))
    z = np.where(from_eye < 20, np.logaddexp(z, np.where(ball > 0, ball, z - 20)), z)  # lids lie on the eyeball
    return np.stack([x, y, z], 1)


def lay_chart(sheet: np.ndarray, even: np.ndarray) -> np.ndarray:
    """Return texture coordinates (N, 2) of the face; eyes are narrow slots as in the ICT face model's chart."""
    rows = even[:, 1].copy()
    for hole in (RIGHT_EYE, LEFT_EYE):
        above = rows - hole.row
        _, near = along_eye(hole, sheet, even)
        rows -= 0.8 * near**2 * above
    return np.stack([even[:, 0] / COLUMNS, 1 - rows / ROWS], 1) * 0.96 + 0.02


def along_eye(hole: Hole, sheet: np.ndarray, even: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the place (N,) along an eye from corner -1 to corner 1, and the nearness (N,) to its edge from 0 to 1."""
    half = (hole.columns[1] - hole.columns[0]) / 2
    across = np.clip((even[:, 0] - sum(hole.columns) / 2) / half, -1, 1)
    return across, np.clip(1 - hole.offset(sheet)[1] / hole.reach, 0, 1)


def below_lips(sheet: np.ndarray) -> np.ndarray:
    """Return how far (N,) places belong to the lower jaw, from 0 to 1: sharply at the lips, softly at the cheeks."""
    beyond_corner = np.maximum(np.abs(sheet[:, 0] - MIDDLE) - (MOUTH.columns[1] - MIDDLE), 0)
    t = np.clip((sheet[:, 1] - MOUTH_ROW) / (1 + 1.2 * beyond_corner) * 0.5 + 0.5, 0, 1)
    return t * t * (3 - 2 * t)
