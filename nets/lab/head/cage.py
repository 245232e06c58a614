# SPDX-License-Identifier: GPL-3.0-or-later
"""The whole cage of the skin: both halves of face and skull, by numbers instead of names."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.lab.head.face_cage import face_places, face_quads
from nets.lab.head.skull_cage import skull_places, skull_quads

Quad = tuple[str, str, str, str]


@dataclass(frozen=True)
class Cage:
    """names: of its K places, those of the subject's right half with a minus sign; chart: (K, 2) float64, x and y in
    the chart's picture, NaN on the skull; points: (K, 3) float64, canonical millimetres; quads: (Q, 4) int, clockwise
    seen from outside; face_count: how many of them, the first, lie in the chart."""

    names: tuple[str, ...]
    chart: np.ndarray
    points: np.ndarray
    quads: np.ndarray
    face_count: int

    def numbers(self, *names: str) -> np.ndarray:
        """Return the places of these names in both halves, (2 len(names),) int at most."""
        wanted = set(names)
        return np.array([k for k, name in enumerate(self.names) if name.lstrip("-") in wanted])


def make_cage(on_face) -> Cage:
    """Return the cage; on_face(places (N, 2)) gives the points (N, 3) of places in the chart's picture."""
    in_chart = face_places()
    on_chart = dict(zip(in_chart, on_face(np.array(list(in_chart.values()))), strict=True))
    points = on_chart | skull_places(on_chart)
    half = list(points)
    right = [name if on_centre(name) else f"-{name}" for name in half]
    names = tuple(dict.fromkeys([*half, *right]))
    number = {name: k for k, name in enumerate(names)}

    def both(quads: list[Quad]) -> list[list[int]]:
        mirrored = [[q if on_centre(q) else f"-{q}" for q in (b, a, d, c)] for a, b, c, d in quads]
        return [[number[name] for name in quad] for quad in [*quads, *mirrored]]

    face, skull = both(face_quads()), both(skull_quads())
    chart, place = np.full((len(names), 2), np.nan), np.zeros((len(names), 3))
    for name, k in number.items():
        own, side = name.lstrip("-"), -1 if name.startswith("-") else 1
        place[k] = points[own] * (side, 1, 1)
        if own in in_chart:
            x, y = in_chart[own]
            chart[k] = 0.5 + side * (x - 0.5), y
        if on_centre(own):
            place[k, 0] = 0
    return Cage(names, chart, place, np.array(face + skull), len(face))


def on_centre(name: str) -> bool:
    """Return whether a place lies on the head's plane of symmetry."""
    return name[0] == "c" or (name[0] == "z" and name[2] == "0")
