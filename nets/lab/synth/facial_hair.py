# SPDX-License-Identifier: GPL-3.0-or-later
"""Brows, lashes, beards and moustaches as strands."""

import numpy as np

from nets.lab.face_chart import FaceChart
from nets.lab.synth.follicles import scatter_follicles
from nets.lab.synth.strands import Strands, curl, gather_in_locks, grow, nearest_guide
from nets.topology import landmark_vertices as landmark_places
from nets.topology.face_model import FACE_QUADS, FaceModel, eyeball_centre, triangles_of

BROW_REACH = 11  # millimetres from a brow's line within which its hairs grow
BEARDS = {"full": 0.45, "goatee": 0.2, "moustache": 0.2, "chin curtain": 0.15}


class Barber:
    """Draws facial hair; where it grows on the face model is found once."""

    def __init__(self, model: FaceModel, chart: FaceChart):
        triangles = triangles_of(model.faces[FACE_QUADS])
        places = model.neutral[landmark_places.VERTICES]
        middle = model.neutral[triangles].mean(1)
        outer = middle[:, 2] > -20
        self._brows = []
        for line in (places[17:22], places[22:27][::-1]):
            near = (np.linalg.norm(middle[:, None] - line, axis=2).min(1) < BROW_REACH + 5) & outer
            follicles = scatter_follicles(model.neutral, triangles[near], 1600, seed=1)
            self._brows.append((follicles, *_along(follicles.neutral, line)))
        mouth, (x, y, z) = places[48:60], middle.T
        off_lips = np.linalg.norm((middle[:, None] - mouth) * (0.7, 1, 0.5), axis=2).min(1) > 5.5
        off_lips &= ~((np.abs(x) < 24) & (np.abs(y - places[48:60, 1].mean()) < 7))
        # Where a beard grows, in millimetres on the neutral head: between the throat and a line from ear to nose, but
        # not on the lips, on the nose or inside the mouth.
        floor = -125 - 0.2 * np.abs(x)
        jaw_top = np.interp(np.abs(x), [0, 26, 45, 62, 75], [-40, -62, -58, -35, -5])
        low = (y > floor) & (y < jaw_top) & (z > -75) & off_lips & (np.abs(x) < 80)
        low &= ~((np.abs(x) < 8) & (y > -47)) & ~((z < 28) & (np.abs(x) < 22) & (y > -95) & (y < -55))
        self._beard = scatter_follicles(model.neutral, triangles[low], 5000, seed=2)
        x, y, _ = self._beard.neutral.T
        above_lip = (y > -66) & (np.abs(x) < 30)
        chin = (np.abs(x) < 24) & (y < -82)
        cheek = np.clip((y - np.interp(np.abs(x), [20, 45, 62, 75], [-85, -80, -55, -20])) / 18, 0, 1) * ~above_lip
        self._moustache, self._goatee, self._cheek = above_lip, above_lip | chin, cheek
        self._chart = chart

    def brows(
        self, rng: np.random.Generator, vertices: np.ndarray, normals: np.ndarray, colour: np.ndarray
    ) -> list[Strands]:
        """Draw two brows for a head (V, 3); a few people have none."""
        if rng.random() < 0.03:
            return []
        count, half = int(rng.uniform(130, 420)), rng.uniform(2.6, 6.5)
        shift, arch, peak = rng.normal(0.3, 1.1), rng.normal(0, 1.0), rng.uniform(0.4, 0.8)
        taper, length, slant = rng.uniform(0.3, 0.9), rng.uniform(5, 11), rng.uniform(0.2, 0.9)
        start, end = rng.uniform(-0.04, 0.12), rng.uniform(0.85, 1.06)
        colour = colour * rng.uniform(0.35, 1.0)
        opacity, width = rng.uniform(0.35, 0.95), rng.uniform(0.5, 1.2)
        strands = []
        for (follicles, t, across), side in zip(self._brows, (-1, 1), strict=True):
            inward = 1 - t
            profile = half * (1 - taper * np.clip(inward, 0, 1) ** 1.5) * np.clip((inward - start) * 9 + 0.4, 0, 1)
            centre = shift + arch * np.exp(-(((t - peak) / 0.3) ** 2)) + rng.normal(0, 0.25)
            ragged = np.sqrt(rng.random(len(t))) * 1.15
            inside = (np.abs(across - centre) < profile * ragged) & (t > 1 - end) & (t < 1 - start)
            chosen = np.flatnonzero(inside)[:count]
            if len(chosen) < 8:
                continue
            t, across = t[chosen], (across - centre)[chosen]
            roots, normal = follicles.on(vertices, chosen), follicles.on(normals, chosen)
            up = np.clip(1.4 * (t - 0.55), -0.35, 1) * slant - 0.12 * across / half + rng.normal(0, 0.15, len(t))
            direction = np.stack([np.full(len(t), 1.0 * side), up, np.zeros(len(t))], 1) + 0.25 * normal
            direction -= normal * (direction * normal).sum(1, keepdims=True) * 0.8
            steps = np.linspace(0, 1, 4)[None, :, None]
            lengths = (length * rng.uniform(0.5, 1.1, len(t)))[:, None, None]
            points = roots[:, None] + normal[:, None] * 0.7 + direction[:, None] * steps * lengths
            points -= np.array([0, 1.0, 0]) * steps**2 * lengths * 0.15
            points[..., 2] -= 0.012 * (points[..., 0] - roots[:, None, 0]) ** 2
            tones = np.exp(rng.normal(0, 0.15, (len(t), 1)))
            strands.append(
                Strands(
                    points.astype(np.float32), colour * tones, rng.uniform(0.7, 1.3, len(t)) * width, opacity, 0.1, 0.8
                )
            )
        return strands

    def lashes(self, rng: np.random.Generator, vertices: np.ndarray, colour: np.ndarray) -> list[Strands]:
        """Draw lashes along the rims of both eyes."""
        dark = colour * 0.4 if rng.random() < 0.4 else np.float32([0.012, 0.01, 0.009])
        long, width, opacity = rng.uniform(3.5, 9.5), rng.uniform(0.3, 0.9), rng.uniform(0.35, 0.95)
        strands = []
        for patch in self._chart.patches:
            if patch.eyeball is None:
                continue
            centre = eyeball_centre(vertices, patch.eyeball)
            for rim, count, length, lift in ((patch.upper, 44, long, 0.55), (patch.lower, 26, long * 0.55, -0.4)):
                at = rng.uniform(1, len(rim) - 2, count)
                low = at.astype(int)
                roots = vertices[rim[low]] + (vertices[rim[low + 1]] - vertices[rim[low]]) * (at - low)[:, None]
                out = roots - centre
                out /= np.linalg.norm(out, axis=1, keepdims=True)
                spread = (at / (len(rim) - 1) - 0.5) * 0.8
                out = out + np.stack([spread, 0 * at, 0 * at], 1) + rng.normal(0, 0.08, (count, 3))
                t = np.linspace(0, 1, 4)[None, :, None]
                bend = np.array([0, lift, 0]) * t**2
                points = roots[:, None] + (out[:, None] * t + bend) * (length * rng.uniform(0.6, 1.1, (count, 1, 1)))
                colours = np.tile(dark, (count, 1))
                strands.append(Strands(points.astype(np.float32), colours, np.full(count, width), opacity, 0.05, 1.0))
        return strands

    def beard(
        self, rng: np.random.Generator, vertices: np.ndarray, normals: np.ndarray, table: np.ndarray, down: np.ndarray,
        colour: np.ndarray,
    ) -> list[Strands]:  # fmt: skip
        """Draw a beard of random cut and length."""
        kind = str(rng.choice(list(BEARDS), p=list(BEARDS.values())))
        grows = {
            "full": self._cheek < rng.uniform(0.05, 0.9), "goatee": self._goatee, "moustache": self._moustache,
            "chin curtain": ~self._moustache & (self._cheek < 0.4),
        }[kind]  # fmt: skip
        chosen = np.flatnonzero(grows)[: int(rng.uniform(600, 1900))]
        n = len(chosen)
        places = self._beard.neutral[chosen]
        long = rng.choice([rng.uniform(2, 7), rng.uniform(6, 20), rng.uniform(20, 75)], p=[0.4, 0.43, 0.17])
        upper = self._moustache[chosen]
        lengths = long * rng.uniform(0.6, 1.15, n) * (0.45 + 0.55 * np.clip((-70 - places[:, 1]) / 45, 0, 1))
        lengths[upper] = np.minimum(long, rng.uniform(5, 13)) * rng.uniform(0.7, 1.1, upper.sum())
        roots, normal = self._beard.on(vertices, chosen), self._beard.on(normals, chosen)
        aside = np.sign(places[:, 0]) * np.where(upper, 0.9, 0.12)
        comb = np.stack([aside, np.full(n, -1.0), np.where(upper, 0, 0.15)], 1)
        start = normal * rng.uniform(0.3, 0.8) + comb * 0.5 + rng.normal(0, 0.2, (n, 3))
        lift = 0.6 + 0.12 * lengths * rng.random(n)
        points = grow(roots, start, 0.6 * comb, lengths, lift, table, down, 0.25, int(np.clip(long / 5, 4, 9)))
        guide = nearest_guide(places.astype(np.float32), 60)
        if rng.random() < 0.5:
            phase = (guide * 2.4).astype(np.float32)
            curl(rng, points, phase, rng.uniform(8, 16), np.full(n, min(2.5, 0.12 * long), np.float32))
        gather_in_locks(points, guide, rng.uniform(0, 0.35) * (long > 8))
        tones = np.exp(rng.normal(0, 0.25, (n, 1)))
        colours = colour * rng.uniform(0.6, 1.1) * tones
        if rng.random() < 0.25:
            colours = np.where(rng.random((n, 1)) < rng.uniform(0.1, 0.8), rng.uniform(0.2, 0.5), colours)
        return [
            Strands(points, colours, rng.uniform(0.6, 1.3, n), rng.uniform(0.55, 0.95), 0.15, rng.uniform(0.5, 0.8))
        ]


def _along(points: np.ndarray, line: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the position (N,) of points (N, 3) along a line (5, 3), from 0 to 1, and their height (N,) over it."""
    t = np.interp(np.abs(points[:, 0]), np.sort(np.abs(line[:, 0])), np.linspace(1, 0, len(line)))
    order = np.argsort(np.abs(line[:, 0]))
    y = np.interp(np.abs(points[:, 0]), np.abs(line[order, 0]), line[order, 1])
    width = np.ptp(np.abs(line[:, 0])) / (len(line) - 1)
    beyond = np.abs(line[:, 0]).min() - np.abs(points[:, 0])
    t = t + np.clip(beyond, 0, None) / width / 4
    t = t - np.clip(np.abs(points[:, 0]) - np.abs(line[:, 0]).max(), 0, None) / width / 4
    return t, points[:, 1] - y
