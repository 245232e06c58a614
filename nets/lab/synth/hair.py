# SPDX-License-Identifier: GPL-3.0-or-later
"""Haircuts, from shaved to waist-long, as strands that grow from the scalp."""

from dataclasses import dataclass

import numpy as np

from nets.lab.synth.follicles import scatter_follicles
from nets.lab.synth.strands import Strands, curl, gather_in_locks, grow, nearest_guide
from nets.topology.face_model import FACE, HEAD_AND_NECK, FaceModel, triangles_of

SCALP_POINTS = 8000  # follicles of which each haircut uses some
MARGIN = 14  # millimetres below the mean hairline where hair may still grow
STYLES = {"bald": 0.06, "buzz": 0.09, "short": 0.33, "medium": 0.13, "long": 0.22, "tied": 0.1, "afro": 0.07}


@dataclass(frozen=True)
class Haircut:
    """Hair of one head. cover: (HEAD_AND_NECK.stop,) float32, how densely hair covers each vertex, in [0, 1]."""

    strands: tuple[Strands, ...]
    cover: np.ndarray
    style: str


class Hairdresser:
    """Draws haircuts; where hair grows on the face model's head is found once."""

    def __init__(self, model: FaceModel):
        skull = model.neutral[: HEAD_AND_NECK.stop]
        ear = np.zeros(len(model.neutral), bool)
        # The ears are further out than the cheeks, within 45 mm of their middle height.
        ear[FACE] = (np.abs(skull[FACE, 0]) > 73) & (np.abs(skull[FACE, 1] + 10) < 45)
        faces = model.faces
        outer = (faces < HEAD_AND_NECK.stop).all(1) & ~ear[faces[:, 0]] & ~ear[faces[:, 2]]
        triangles = triangles_of(faces[outer])
        self._height, self._azimuth = _height(skull), np.arctan2(skull[:, 0], skull[:, 2] + 75)
        self._height[ear[: len(skull)]] = -99
        self._follicles = scatter_follicles(skull, triangles[self._height[triangles].min(1) > -MARGIN], SCALP_POINTS)
        places = self._follicles.neutral
        self._root_height, self._root_azimuth = _height(places), np.arctan2(places[:, 0], places[:, 2] + 75)

    def cut(
        self, rng: np.random.Generator, vertices: np.ndarray, normals: np.ndarray, table: np.ndarray, down: np.ndarray,
        colour: np.ndarray, under_hat: np.ndarray | None,
    ) -> Haircut:  # fmt: skip
        """Draw hair of a colour (3,) for a head (V, 3) with normals (V, 3).

        table: the head's radii, see RadiusTable
        down: (3,), direction of gravity
        under_hat: (360,), elevation in radians, by degree of azimuth from -180, above which a hat covers it; or None
        """
        style = str(rng.choice(list(STYLES), p=list(STYLES.values())))
        if under_hat is not None and style in ("afro", "tied"):
            style = "short"
        line = _Hairline.draw(rng, style)
        softness = rng.uniform(1.5, 5)
        edge = line.above(self._height, self._azimuth) / softness
        density = {"bald": 0.0, "buzz": rng.uniform(0.45, 0.9)}.get(style, rng.uniform(0.75, 0.97))
        if style == "bald" and rng.random() < 0.6:
            density = rng.uniform(0.05, 0.4)
        cover = (density / (1 + np.exp(-np.clip(edge, -20, 20)))).astype(np.float32)
        if style == "bald":
            return Haircut((), cover, style)
        chosen = self._choose(rng, {"long": 2500, "medium": 2400}.get(style, 2000), line)
        if under_hat is not None:
            places = self._follicles.neutral[chosen] - (0, 0, -75)
            elevation = np.arctan2(places[:, 1], np.hypot(places[:, 0], places[:, 2]))
            degree = (np.degrees(self._root_azimuth[chosen]).astype(int) + 180) % 360
            chosen = chosen[elevation < under_hat[degree] + 0.05]
        if len(chosen) < 30:
            return Haircut((), cover, style)
        strands = self._grow(rng, style, chosen, vertices, normals, table, down, colour)
        return Haircut(strands, cover, style)

    def _choose(self, rng: np.random.Generator, count: int, line: "_Hairline") -> np.ndarray:
        window = (np.arange(count * 5 // 4) + rng.integers(SCALP_POINTS)) % SCALP_POINTS
        above = line.above(self._root_height[window], self._root_azimuth[window])
        return window[above + rng.normal(0, 2.5, len(window)) > 0][:count]

    def _grow(self, rng, style, chosen, vertices, normals, table, down, colour) -> tuple[Strands, ...]:
        n = len(chosen)
        roots = self._follicles.on(vertices, chosen)
        normal = self._follicles.on(normals, chosen)
        height, azimuth = self._root_height[chosen], self._root_azimuth[chosen]
        top = np.clip(height / 55, 0, 1)
        part = rng.choice([0, rng.choice([-1, 1]) * rng.uniform(15, 45)])
        away = np.tanh((roots[:, 0] - part) / 6)
        even = rng.uniform(0.75, 1.1, n)
        scatter = rng.normal(0, rng.uniform(0.03, 0.18), (n, 3))
        front = np.clip(1 - np.abs(azimuth) / 1.1, 0, 1) * np.clip(1.2 - height / 80, 0, 1)
        aside = np.stack([np.sign(roots[:, 0]) * 0.2, np.full(n, -1.0), np.full(n, -0.35)], 1)
        weight, rise, tilt, curliness, width = 0.5, 4.0, 0.4, 0.0, 1.3
        if style == "buzz":
            length, comb, tilt = rng.uniform(2, 9) * even, 0.3 * aside, 0.75
        elif style == "short":
            length = (rng.uniform(5, 30) * (1 - top) + rng.uniform(15, 60) * top) * even
            direction = {
                "forward": (0.2, -0.25, 1.0), "side": (rng.choice([-1, 1]) * 0.9, 0.0, 0.35), "back": (0, 0.25, -1),
                "up": (0, 1.2, 0.1), "parted": (0, -0.1, 0.25),
            }  # fmt: skip
            kind = str(rng.choice(list(direction)))
            comb = np.tile(direction[kind], (n, 1)) * (1, 1, 1)
            if kind == "parted":
                comb[:, 0] = away
            comb = aside * (1 - top)[:, None] + comb * top[:, None]
            rise, tilt, weight = rng.uniform(2, 12), rng.uniform(0.05, 0.5), rng.uniform(0.2, 0.8)
        elif style in ("medium", "long"):
            low, high = (60, 150) if style == "medium" else (170, 330)
            length = rng.uniform(low, high) * even
            back = np.clip(np.abs(azimuth) - 0.6, 0, 1)
            comb = np.stack([away * (1.7 - 1.2 * back), -0.2 - 0.6 * back, rng.uniform(-0.9, 0.2) - 0.3 * back], 1)
            rise, weight, width = rng.uniform(3, 18), rng.uniform(1.6, 3), 2.3
        elif style == "tied":
            knot = np.array([0, rng.choice([-30, 20, 75]) + rng.normal(0, 8), -172])
            comb = knot - roots
            distance = np.linalg.norm(comb, axis=1)
            comb, length = comb / distance[:, None] * 1.3, distance * 1.25
            loose = (front > 0.05) & (rng.random(n) < rng.choice([0, 0.12]))
            comb[loose] = np.stack([away * 0.7, -0.6 + 0 * away, 0.15 + 0 * away], 1)[loose]
            length[loose] = rng.uniform(60, 180)
            rise, weight, tilt = rng.uniform(1, 5), np.where(loose.mean() > 0, 0.3, 0.05), 0.15
        else:
            length, comb = rng.uniform(20, 70) * (0.45 + 0.55 * top) * even, normal * 0.8
            rise, tilt, weight, curliness, width = 2.0, 1.0, 0.02, 1.0, 1.9
        fringe = np.zeros(n, bool)
        if style in ("medium", "long", "short") and rng.random() < 0.35:
            fringe = (front > rng.uniform(0.1, 0.45)) & (height < rng.uniform(25, 60))
            sweep = rng.choice([0, rng.normal(0, 0.7)])
            comb[fringe] = np.stack([0.15 * away + sweep, -0.6 + 0 * away, 0.75 + 0 * away], 1)[fringe]
            comb[fringe] *= 0.8
            length[fringe] = (
                rng.uniform(28, 85) * rng.uniform(0.75, 1.15, fringe.sum()) + 0.7 * np.maximum(height, 0)[fringe]
            )
        if style in ("medium", "long", "tied", "short") and rng.random() < 0.4:
            curliness = rng.uniform(0.1, 0.7)
        steps = int(np.clip(np.percentile(length, 80) / 11, 4, 16)) + int(4 * curliness)
        start = normal * tilt + comb * (1 - tilt) + scatter
        lift = 0.8 + rise * rng.uniform(rng.uniform(0, 0.8), 1, n) * np.clip(0.25 + height / 40, 0.15, 1)
        points = grow(roots, start, comb + scatter, length, lift, table, down, float(weight), steps)
        guide = nearest_guide(self._follicles.neutral[chosen].astype(np.float32), int(rng.integers(30, 140)))
        if curliness:
            amplitude = rng.uniform(0.6, 1.3, n) * (1.5 + 4.5 * curliness)
            phase = (guide * 2.4 + rng.normal(0, 0.6, n)).astype(np.float32)
            curl(rng, points, phase, rng.uniform(14, 26) + 60 * (1 - curliness), amplitude.astype(np.float32))
        gather_in_locks(points, guide, rng.beta(1.5, 2.5) if style != "buzz" else 0)
        if style in ("medium", "long", "tied"):
            astray = rng.choice([0, 0.06, 0.35, 1], p=[0.5, 0.26, 0.14, 0.1])
            kept = ~_before_face(points) | (rng.random(n) < astray)
            kept |= fringe & (length < 90)
            points, guide, n = points[kept], guide[kept], int(kept.sum())
        tones = np.exp(rng.normal(0, 0.16, n) + rng.normal(0, 0.18, SCALP_POINTS)[guide])[:, None]
        colours = colour * tones
        if rng.random() < 0.12:
            colours = np.where(rng.random((n, 1)) < rng.uniform(0.1, 0.7), rng.uniform(0.25, 0.5), colours)
        shine, shade = rng.uniform(0.1, 0.8), rng.uniform(0.3, 0.6)
        widths = width * rng.uniform(0.7, 1.4, n)
        hair = [Strands(points, colours, widths, shine=shine, root_shade=shade)]
        if style == "tied":
            hair.append(_knot(rng, knot, down, colour, shine))
        return tuple(hair)


def _knot(rng: np.random.Generator, knot: np.ndarray, down: np.ndarray, colour: np.ndarray, shine: float) -> Strands:
    """Draw a ponytail or a bun at a place (3,)."""
    n, steps = 260, 9
    t = np.linspace(0, 1, steps)[None, :, None]
    if rng.random() < 0.55:
        end = np.array([rng.normal(0, 40), -rng.uniform(60, 200), -25]) + down * 30
        arch = np.array([0, 15, -40]) * np.sin(t * np.pi * 0.8)
        spread = rng.normal(0, 1, (n, 1, 3)) * (6 + 12 * np.sin(t * np.pi * 0.9))
        points = knot + end * t**1.3 + arch + spread
    else:
        size = rng.uniform(18, 36)
        turn = rng.uniform(0, 2 * np.pi, (n, 1)) + np.linspace(0, 2.5, steps)[None]
        tilt = rng.uniform(-1.4, 1.4, (n, 1)) + 0 * turn
        ball = np.stack([np.cos(turn) * np.cos(tilt), np.sin(turn) * np.cos(tilt), np.sin(tilt)], -1)
        points = knot + (0, 0, -0.6 * size) + ball * size * rng.uniform(0.9, 1.06, (n, 1, 1))
    tones = np.exp(rng.normal(0, 0.2, (n, 1)))
    return Strands(points.astype(np.float32), colour * tones, rng.uniform(1.6, 3.2, n), 0.9, shine, 0.7)


@dataclass(frozen=True)
class _Hairline:
    """Where hair begins, compared with the mean hairline.

    receded, temples: millimetres by which it lies higher, and higher still at the temples
    waves: (3, 3), amplitude in millimetres, frequency and phase of each wave along it
    crown: millimetres above the mean hairline from which nothing grows
    """

    receded: float
    temples: float
    waves: np.ndarray
    crown: float

    @classmethod
    def draw(cls, rng: np.random.Generator, style: str) -> "_Hairline":
        """Draw a hairline that suits a style."""
        thin = style in ("bald", "buzz", "short") and rng.random() < 0.3
        waves = np.stack(
            [rng.normal(0, 1.6, 3), np.array([2, 4, 7]) * rng.uniform(0.8, 1.2, 3), rng.uniform(0, 6.28, 3)], 1
        )
        crown = rng.uniform(30, 60) if thin and rng.random() < 0.3 else 999
        return cls(rng.normal(0, 6) + 10 * thin, rng.uniform(0, 9) + thin * rng.uniform(5, 25), waves, crown)

    def above(self, height: np.ndarray, azimuth: np.ndarray) -> np.ndarray:
        """Return the height (N,) above this hairline of points at a height (N,) above the mean one, millimetres."""
        ahead = np.abs(azimuth)
        above = (
            height - self.receded * np.clip(1.6 - ahead, 0, 1) - self.temples * np.exp(-(((ahead - 0.62) / 0.22) ** 2))
        )
        above = above + sum(a * np.sin(f * azimuth + phase) for a, f, phase in self.waves)
        return np.minimum(above, self.crown - height)


def _before_face(points: np.ndarray) -> np.ndarray:
    """Return which strands (N,) bool of points (N, K, 3) hang in front of the middle of the face."""
    x, y, z = points[..., 0], points[..., 1], points[..., 2]
    return ((np.abs(x) < 48) & (y < 32) & (z > -12)).any(1)


def _height(points: np.ndarray) -> np.ndarray:
    """Return the height (N,), millimetres, above the mean hairline of points (N, 3) on the neutral head."""
    line = np.interp(-points[:, 2], [-20, 0, 25, 45, 60, 75, 95, 180], [72, 66, 52, 18, 12, 0, -20, -55])
    return (points[:, 1] - line).astype(np.float32)
