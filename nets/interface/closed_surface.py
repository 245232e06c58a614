# SPDX-License-Identifier: GPL-3.0-or-later
"""A head as a solid: its skin with eyes, mouth and neck closed, and what is known of a closed surface.

Both sides need it: Blender's for prints, the worker's for voxels. Triangles are counter-clockwise seen from outside.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

NECK_BELOW = 0.01  # of the head's height: how far the floor lies below the neck's lowest point


@dataclass(frozen=True)
class SurfaceFacts:
    """What is known of a surface of triangles.

    open_edges: edges that do not have exactly two triangles, which see them in opposite directions
    flat_triangles: triangles without area
    euler_number: vertices - edges + triangles; 2 for a closed surface without handles
    volume: in the points' unit, positive if the triangles face outwards
    """

    open_edges: int
    flat_triangles: int
    euler_number: int
    volume: float

    @property
    def is_solid(self) -> bool:
        """Whether the surface bounds a solid: watertight, without edges that more than two triangles share."""
        return self.open_edges == 0 and self.flat_triangles == 0 and self.volume > 0


def surface_facts(points: np.ndarray, triangles: np.ndarray) -> SurfaceFacts:
    """Return the facts of a surface of points (V, 3) and triangles (T, 3)."""
    keys, reverse = _edge_keys(triangles)
    _, uses = np.unique(keys, return_counts=True)
    undirected, shared = np.unique(np.minimum(keys, reverse), return_counts=True)
    wrong = int((uses > 1).sum() + (shared != 2).sum())
    a, b, c = np.moveaxis(points[triangles].astype(np.float64), 1, 0)
    normal = np.cross(b - a, c - a)
    flat = int((np.linalg.norm(normal, axis=1) == 0).sum())
    euler = len(np.unique(triangles)) - len(undirected) + len(triangles)
    return SurfaceFacts(wrong, flat, euler, float((a * normal).sum() / 6))


def close_head(points: np.ndarray, triangles: np.ndarray, part: np.ndarray, up: int) -> tuple[np.ndarray, np.ndarray]:
    """Return points (W, 3) and triangles (U, 3) of closed surfaces, which overlap, around the solid head.

    points: (V, 3), triangles: (T, 3), of a whole head
    part: (T,) int, of each triangle; the insides of mouth and eye sockets have parts of their own
    up: the axis of points that points up

    The skin's openings are filled. The lowest, the neck, is first prolonged down to a level floor, on which the head
    stands. Of what is not joined to the skin only closed surfaces are kept: eyeballs and teeth, not gums.
    """
    label = _components(triangles, len(points))[triangles[:, 0]]
    skin = label == np.bincount(label).argmax()
    kept = np.flatnonzero(skin)[_reaches_outside(points, triangles[skin], part[skin])]
    closed = ~np.isin(label, label[_open_edges(triangles)[1]])
    surface = triangles[kept]
    loops = _loops(_open_edges(surface)[0])
    neck = min(range(len(loops)), key=lambda k: points[loops[k], up].mean(), default=None)
    points, pieces = points.astype(np.float64), [surface, triangles[closed & ~skin]]
    for number, loop in enumerate(loops):
        if number == neck:
            floor = points[loop]
            floor[:, up] = floor[:, up].min() - NECK_BELOW * np.ptp(points[:, up])
            ring = len(points) + np.arange(len(loop))
            points = np.concatenate([points, floor])
            ahead, ring_ahead = np.roll(loop, -1), np.roll(ring, -1)
            pieces += [np.stack([ahead, loop, ring], 1), np.stack([ahead, ring, ring_ahead], 1)]
            loop = ring
        centre = np.full(len(loop), len(points))
        points = np.concatenate([points, points[loop].mean(0, keepdims=True)])
        pieces.append(np.stack([np.roll(loop, -1), loop, centre], 1))
    return compacted(points, np.concatenate(pieces))


def compacted(points: np.ndarray, triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the points that triangles (T, 3) use, and the triangles numbered by them."""
    used, numbers = np.unique(triangles, return_inverse=True)
    return points[used], numbers.reshape(-1, 3)


def without_short_edges(points: np.ndarray, triangles: np.ndarray, shortest: float) -> tuple[np.ndarray, np.ndarray]:
    """Return a solid's points and triangles with edges shorter than `shortest` drawn together to a point.

    Slicers round numbers, and would find triangles without area there. The solid is returned as it is if it would be
    none afterwards.
    """
    edges = np.stack([triangles, np.roll(triangles, -1, 1)], -1).reshape(-1, 2)
    short = edges[np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1) < shortest]
    merged = _components(short[:, [0, 1, 1]], len(points))[triangles]
    real = (merged != np.roll(merged, -1, 1)).all(1)
    simpler = compacted(points, merged[real])
    return simpler if surface_facts(*simpler).is_solid else (points, triangles)


def largest_surface(triangles: np.ndarray) -> np.ndarray:
    """Return those of the triangles (T, 3) that belong to the connected surface with the most of them."""
    label = _components(triangles, int(triangles.max(initial=0)) + 1)[triangles[:, 0]]
    return triangles[label == np.bincount(label).argmax()]


def _reaches_outside(points: np.ndarray, triangles: np.ndarray, part: np.ndarray) -> np.ndarray:
    """Return which triangles (T,) bool belong to regions of one part that touch the surface's bounding box.

    Skin and scalp do, the insides of the mouth and of eye sockets do not.
    """
    low, high = points[triangles].min((0, 1)), points[triangles].max((0, 1))
    outside = np.zeros(len(triangles), bool)
    for number in np.unique(part):
        own = np.flatnonzero(part == number)
        label = _components(triangles[own], len(points))[triangles[own, 0]]
        corners = points[triangles[own]]
        touching = ((corners == low) | (corners == high)).any((1, 2))
        outside[own] = np.isin(label, label[touching])
    return outside


def _components(triangles: np.ndarray, count: int) -> np.ndarray:
    """Return for each of `count` vertices the least vertex that is connected with it by triangles (T, 3)."""
    label, corners = np.arange(count), triangles.T
    while corners.size:
        found = label[corners]
        least = np.minimum(np.minimum(found[0], found[1]), found[2])
        mixed = (found != least).any(0)
        corners = corners[:, mixed]
        np.minimum.at(label, found[:, mixed].ravel(), np.tile(least[mixed], 3))
        while (label != label[label]).any():
            label = label[label]
    return label


def _edge_keys(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return a number (3 T,) for each directed edge, and that of the same edge in the other direction."""
    start, end = triangles.astype(np.int64).ravel(), np.roll(triangles, -1, 1).astype(np.int64).ravel()
    count = int(triangles.max(initial=0)) + 1
    return start * count + end, end * count + start


def _open_edges(triangles: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return the edges (E, 2) that have a triangle on one side only, and the triangles (E,) they belong to."""
    keys, reverse = _edge_keys(triangles)
    found = np.flatnonzero(~np.isin(keys, reverse))
    return np.stack([triangles.ravel()[found], np.roll(triangles, -1, 1).ravel()[found]], 1), found // 3


def _loops(edges: np.ndarray) -> list[np.ndarray]:
    """Return the closed loops of vertices that directed edges (E, 2) form."""
    following, loops = dict(edges.tolist()), []
    while following:
        first, vertex = following.popitem()
        loop = [first]
        while vertex != first and vertex in following:
            loop.append(vertex)
            vertex = following.pop(vertex)
        loops.append(np.array(loop))
    return loops
