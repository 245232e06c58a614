# SPDX-License-Identifier: GPL-3.0-or-later
"""The skin: the cage subdivided, the face in the chart, scalp and nape on the head's surface, one smooth mesh."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nets.lab.head.attachment import Attachment, Surface
from nets.lab.head.cage import Cage, make_cage
from nets.lab.head.face_cage import EAR_CENTRE, EYE, EYE_RINGS
from nets.lab.head.subdivision import Patches, fit_control_points, quads_of, subdivide
from nets.topology.chart_warp import WarpedChart, boundary_loops
from nets.topology.face_model import FACE, FACE_QUADS, HEAD_AND_NECK, FaceModel

LEVELS = 4  # of subdivision, before the patches are sampled
FIT_ROUNDS = 4
SNAP = 0.013  # of the chart: border points nearer than this to the chart's own border lie on it
SHARP = ("i0", "o0", "C0", "r0", "r5", "v6", "v4", "f6")  # corners of borders: eyes, mouth, ear, chart
# The neck ends in a plane through a point of its front, tilted backwards: canonical millimetres.
NECK_FRONT, NECK_NORMAL = np.array([0, -165.0, -45.0]), np.array([0, 1.0, 0.478]) / np.hypot(1, 0.478)
EAR_FRONT, EAR_HEIGHT = 0.89, 0.25  # of the chart: where the face model's ears are
SEAM_REACH, EAR_REACH = 9, 3  # quads: how far the smoothing of the seam reaches into the face, and keeps off the ear
ROUNDS, PULL = 120, 0.6  # of smoothing, and how far each moves a vertex towards its neighbours' mean


@dataclass(frozen=True)
class Skin:
    """attachment: of its V vertices; grids: (Q, n + 1, n + 1) int, those of each cage quad; chart: (V, 2) float64, x
    and y in the chart's picture, NaN outside; drawn: (V, 2), the same before the seam was smoothed, NaN on the skull;
    mirror: (V,) int, each vertex' counterpart; cage: what it was made from."""

    attachment: Attachment
    grids: np.ndarray
    chart: np.ndarray
    drawn: np.ndarray
    mirror: np.ndarray
    cage: Cage

    @property
    def quads(self) -> np.ndarray:
        """(F, 4) int: counter-clockwise seen from outside."""
        return quads_of(self.grids)[:, ::-1]

    def sides(self) -> dict[tuple[int, int], np.ndarray]:
        """Return the vertices along every cage edge, (from, to) -> (n + 1,) int, in both directions."""
        sides = {}
        for (a, b, c, d), grid in zip(self.cage.quads, self.grids, strict=True):
            lines = (a, b, grid[0]), (b, c, grid[:, -1]), (c, d, grid[-1, ::-1]), (d, a, grid[::-1, 0])
            for one, other, line in lines:
                sides[one, other], sides[other, one] = line, line[::-1]
        return sides

    def ring(self, *names: str) -> np.ndarray:
        """Return the closed ring of vertices along the cage's places of these names, in their order."""
        number, sides = {name: k for k, name in enumerate(self.cage.names)}, self.sides()
        way = [number[name] for name in names]
        return np.concatenate([sides[pair][:-1] for pair in zip(way, way[1:] + way[:1], strict=True)])

    def eye_columns(self, side: str) -> np.ndarray:
        """Return the columns of vertices (C, R) round an eye, side: "" for the left one, "-" for the right one.

        Each goes from the lid's inner rim outwards; the first begins at the inner corner of the eye, the next ones
        follow over the upper lid to the outer corner and back along the lower lid.
        """
        places = np.stack([self.ring(*(f"{side}{name}{k}" for name in EYE)) for k in range(EYE_RINGS)], 1)
        patch = {frozenset(grid[[0, 0, -1, -1], [0, -1, 0, -1]]): grid for grid in self.grids}
        steps, columns = self.grids.shape[1] - 1, []
        for first in range(0, len(places), steps):
            inner = []
            for k in range(EYE_RINGS - 1):
                ends = places[first, k], places[(first + steps) % len(places), k]
                grid = patch[frozenset([*ends, *(places[n % len(places), k + 1] for n in (first, first + steps))])]
                grid = next(g for g in _turns(grid) if (g[0, 0], g[0, -1]) == ends)
                inner.append(grid[(0 if k == 0 else 1) :, :-1])
            columns.append(np.concatenate(inner).T)
        return np.concatenate(columns)


def make_skin(model: FaceModel, warped: WarpedChart, steps: int) -> Skin:
    """Return the skin with `steps` quads along each side of a cage quad."""
    uv = warped.vertex_uv * (1, -1) + (0, 1)
    in_chart = Surface(uv, model.faces[FACE_QUADS])
    faces = model.faces
    in_ear = np.zeros(len(model.neutral), bool)
    in_ear[FACE] = (np.abs(uv - (0.5, EAR_CENTRE[1])) > (EAR_FRONT - 0.5, 0)).all(1) & (
        np.abs(uv[:, 1] - EAR_CENTRE[1]) < EAR_HEIGHT / 2
    )
    outer = faces[((faces < HEAD_AND_NECK.stop) | (faces < 0)).all(1) & ~in_ear[faces].all(1)]
    on_head = Surface(model.neutral[: HEAD_AND_NECK.stop], outer)  # without ears, which smoothing would catch on
    cage = make_cage(lambda places: in_chart.attach(places).of(model.neutral))

    coarse = subdivide(cage.points, cage.quads, np.zeros(0, int), LEVELS, lambda points, border: points)
    points, grids = coarse.sampled(steps)
    face_grids = grids[: cage.face_count]
    flat, flat_grids = _face_in_chart(cage, [uv[loop] for loop in boundary_loops(faces[FACE_QUADS])]).sampled(steps)
    chart = np.full((len(points), 2), np.nan)
    chart[face_grids] = flat[flat_grids]
    in_face = ~np.isnan(chart[:, 0])
    drawn = chart.copy()
    attachment = in_chart.attach(chart[in_face])
    points[in_face] = attachment.of(model.neutral)
    corners, weights = np.zeros((len(points), 3), int), np.zeros((len(points), 3))
    corners[in_face], weights[in_face] = attachment.corners, attachment.weights

    mirror = _mirror(grids, cage.face_count)
    loose = _looseness(cage, grids, in_face, points)
    smoothed = _smoothed(points, grids, mirror, loose, on_head, model)
    free = loose > 0
    attachment = on_head.attach(smoothed[free])
    corners[free], weights[free] = attachment.corners, attachment.weights
    chart[free] = np.where((attachment.corners < FACE.stop).all(1)[:, None], _chart_of(attachment, uv), np.nan)
    return Skin(Attachment(corners, weights), grids, chart, drawn, mirror, cage)


def _turns(grid: np.ndarray) -> list[np.ndarray]:
    """Return a patch's grid (n, n) in the eight orders in which its corners can be read."""
    return [each for turned in (np.rot90(grid, k) for k in range(4)) for each in (turned, turned[:, ::-1])]


def _chart_of(attachment: Attachment, uv: np.ndarray) -> np.ndarray:
    padded = np.concatenate([uv, np.zeros((attachment.corners.max() + 1 - len(uv), 2))]) if len(uv) else uv
    return attachment.of(padded)


def _face_in_chart(cage: Cage, borders: list[np.ndarray]) -> Patches:
    """Return the face's patches in the chart, whose limit goes through the cage's places and along its borders."""
    used, quads = np.unique(cage.quads[: cage.face_count], return_inverse=True)
    quads, places = quads.reshape(-1, 4), cage.chart[used]
    corners = np.flatnonzero(np.isin(used, cage.numbers(*SHARP)))
    segments = np.concatenate([np.stack([loop, np.roll(loop, -1, 0)], 1) for loop in borders])

    def limit(control: np.ndarray) -> np.ndarray:
        return subdivide(control, quads, corners, LEVELS, lambda points, border: points).points[: len(control)]

    def snap(points: np.ndarray, border: np.ndarray) -> np.ndarray:
        snapped, rows = points.copy(), np.flatnonzero(border)
        nearest, distance = _nearest_on(segments, points[rows])
        snapped[rows[distance < SNAP]] = nearest[distance < SNAP]
        return snapped

    return subdivide(fit_control_points(places, limit, FIT_ROUNDS), quads, corners, LEVELS, snap)


def _nearest_on(segments: np.ndarray, places: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points (N, 2) of segments (S, 2, 2) nearest to places (N, 2), and their distances (N,)."""
    a, along = segments[:, 0], segments[:, 1] - segments[:, 0]
    t = ((places[:, None] - a) * along).sum(-1) / np.maximum((along**2).sum(-1), 1e-12)
    found = a + np.clip(t, 0, 1)[..., None] * along
    distance = np.linalg.norm(places[:, None] - found, axis=-1)
    best, rows = distance.argmin(1), np.arange(len(places))
    return found[rows, best], distance[rows, best]


def _mirror(grids: np.ndarray, face_count: int) -> np.ndarray:
    """Return every vertex' counterpart: in each part of the cage the second half of the quads mirrors the first."""
    mirror = np.zeros(grids.max() + 1, int)
    for part in (grids[:face_count], grids[face_count:]):
        left, right = np.split(part, 2)
        mirror[left], mirror[right] = right[:, :, ::-1], left[:, :, ::-1]
    return mirror


def _edges(grids: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return all edges (E, 2) of the patches, and which of them have a quad on one side only, (E,) bool."""
    quads = quads_of(grids)
    sides = np.sort(np.stack([quads, np.roll(quads, -1, 1)], -1).reshape(-1, 2), 1)
    edges, uses = np.unique(sides, axis=0, return_counts=True)
    return edges, uses == 1


def _looseness(cage: Cage, grids: np.ndarray, in_face: np.ndarray, points: np.ndarray) -> np.ndarray:
    """Return how freely each vertex moves in smoothing, 0 to 1: scalp, nape, neck ring, and the face near the seam."""
    edges, outer = _edges(grids)
    on_skull = np.zeros(len(in_face), bool)
    on_skull[grids[cage.face_count :]] = True
    in_ear = np.zeros(len(in_face), bool)
    ear = np.array(["." in name or name.lstrip("-") in ("h1", "h2") for name in cage.names])
    in_ear[grids[ear[cage.quads].any(1)]] = True
    loose = np.where(in_face, 1 - _steps_from(on_skull & in_face, edges, SEAM_REACH) / SEAM_REACH, 1.0).clip(0, 1)
    loose *= (_steps_from(in_ear, edges, EAR_REACH) / EAR_REACH).clip(0, 1)
    border = np.zeros(len(in_face), bool)
    border[edges[outer]] = True
    ring = border & (points[:, 1] < NECK_FRONT[1] + 80)
    return np.where(border, ring, loose)


def _steps_from(start: np.ndarray, edges: np.ndarray, most: int) -> np.ndarray:
    """Return each vertex' distance in edges from those of `start` (V,) bool, `most` where it is farther."""
    steps, reached = np.where(start, 0, most), start.copy()
    for step in range(1, most):
        near = np.zeros_like(reached)
        near[edges[reached[edges[:, 0]], 1]] = near[edges[reached[edges[:, 1]], 0]] = True
        steps[near & ~reached] = step
        reached |= near
    return steps


def _smoothed(
    points: np.ndarray, grids: np.ndarray, mirror: np.ndarray, loose: np.ndarray, surface: Surface, model: FaceModel
) -> np.ndarray:
    """Return points (V, 3) evenly spread over the head's surface where they are loose, symmetric, the ring in a
    plane."""
    edges, outer = _edges(grids)
    ring = edges[outer & (loose[edges] > 0).all(1)]
    on_ring = np.unique(ring)
    mean, of_ring = _neighbour_mean(edges, len(points)), _neighbour_mean(ring, len(points))
    free = np.flatnonzero(loose > 0)
    for _ in range(ROUNDS):
        wanted = mean(points)
        wanted[on_ring] = of_ring(points)[on_ring]
        points = points + PULL * loose[:, None] * (wanted - points)
        points[free] = surface.attach(points[free]).of(model.neutral)
        points[on_ring] -= ((points[on_ring] - NECK_FRONT) @ NECK_NORMAL)[:, None] * NECK_NORMAL
        points[free] = (points[free] + points[mirror[free]] * (-1, 1, 1)) / 2
    return points


def _neighbour_mean(edges: np.ndarray, count: int) -> Callable[[np.ndarray], np.ndarray]:
    """Return the function from points (V, D) to the mean of each one's neighbours."""
    degree = np.maximum(np.bincount(edges.ravel(), minlength=count), 1)[:, None]

    def mean(points: np.ndarray) -> np.ndarray:
        total = np.zeros_like(points)
        np.add.at(total, edges[:, 0], points[edges[:, 1]])
        np.add.at(total, edges[:, 1], points[edges[:, 0]])
        return total / degree

    return mean
