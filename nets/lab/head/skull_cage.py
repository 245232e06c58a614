# SPDX-License-Identifier: GPL-3.0-or-later
"""The cage of scalp and nape: coarse quads of the subject's left half, as places in canonical space.

A grid of nine rows runs from the hairline over the crown down to the nape, six columns from the centre line to the
border of the face's chart. Behind the ear three quads join the grid to the ear's border.
"""

import numpy as np

TOP = ("c0", "f1", "f2", "f3", "f4", "f5", "f6")  # of the face's cage: the grid's first row
SIDE = ("f6", "s7", "s8", "r0", "x1", "x2", "r5", "v6", "v5", "v4")  # its last column, row by row
BEHIND_EAR = (("x1", "r2", "r1", "r0"), ("x2", "r3", "r2", "x1"), ("r5", "r4", "r3", "x2"))
COLUMNS, ROWS = len(TOP) - 1, len(SIDE) - 1

# (rows + 1, 2) y and z of the centre line, millimetres: hairline, crown, occiput, nape.
CENTRE_LINE = np.array(
    [
        [88, -8],
        [104, -42],
        [109, -80],
        [103, -118],
        [83, -148],
        [50, -167],
        [10, -168],
        [-32, -152],
        [-76, -138],
        [-124, -136],
    ]
)
X1, X2 = (71.0, -16.0, -104.0), (65.0, -46.0, -100.0)  # behind the ear, on the skull


def name_at(row: int, column: int) -> str:
    """Return the name of a place of the grid; those of its border but the centre line and the nape are the face's."""
    if row == 0:
        return TOP[column]
    return SIDE[row] if column == COLUMNS else f"z{row}{column}"


def skull_quads() -> list[tuple[str, str, str, str]]:
    """Return the quads of the half skull, in the same sense as those of the face: clockwise seen from outside."""
    grid = [
        (name_at(r + 1, c), name_at(r + 1, c + 1), name_at(r, c + 1), name_at(r, c))
        for r in range(ROWS)
        for c in range(COLUMNS)
    ]
    return grid + list(BEHIND_EAR)


def skull_places(face: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Return the places (3,) of the skull's own names, from those of the face's border: a Coons patch.

    Coons, "Surfaces for computer-aided design of space forms", 1967. The places are near the head's surface, not on it.
    """
    known = face | {"x1": np.array(X1), "x2": np.array(X2)}
    left = np.c_[np.zeros(ROWS + 1), CENTRE_LINE]
    left[0] = known["c0"]
    right = np.stack([known[name] for name in SIDE])
    top = np.stack([known[name] for name in TOP])
    angle = np.linspace(0, np.pi / 2, COLUMNS + 1)  # the nape is round

    bottom = left[-1] + np.sin(angle)[:, None] * (right[-1] - left[-1]) * (1, 0, 0)
    bottom[:, 1:] = left[-1, 1:] + (1 - np.cos(angle))[:, None] * (right[-1] - left[-1])[1:]

    places = {"x1": known["x1"], "x2": known["x2"]}
    for row in range(1, ROWS + 1):
        for column in range(COLUMNS):
            u, v = column / COLUMNS, row / ROWS
            ruled = (1 - u) * left[row] + u * right[row] + (1 - v) * top[column] + v * bottom[column]
            corners = (1 - u) * ((1 - v) * left[0] + v * left[-1]) + u * ((1 - v) * right[0] + v * right[-1])
            places[name_at(row, column)] = ruled - corners
    return places
