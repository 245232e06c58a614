# SPDX-License-Identifier: GPL-3.0-or-later
"""The face model's chart with opened eyes: where the face's vertices lie in the UV layout.

In the model's own chart the eyes and the mouth are holes, the eyes slots only one texel high. Here the eye slots are
widened by a smooth warp, and the holes are filled with patches: the front of the eyeballs, a membrane behind the lips.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from nets.topology.face_model import FACE, FACE_QUADS, LEFT_EYEBALL, RIGHT_EYEBALL, FaceModel, eyeball_centre

PATCH_ROWS = 9  # rows of vertices from the upper to the lower rim of a filled hole, both rims included
EYE_OPENING = 0.030  # of the chart, added above and below each eye slot
EYE_STRETCH = 0.55  # horizontal magnification at the eye, less one
# Of the chart: radius of the widening, height over which it fades, and half the height of the slots themselves
EYE_REACH, OPENING_FADE, SLOT_HEIGHT = 0.13, 0.11, 0.0019


@dataclass(frozen=True)
class HolePatch:
    """A filled hole: a grid of PATCH_ROWS x K vertices between the vertices of its upper and lower rim.

    upper, lower: (K,) int32, vertices of the rims from left to right, paired
    eyeball: the vertices of the sphere on which the patch lies; None for a flat membrane
    """

    upper: np.ndarray
    lower: np.ndarray
    eyeball: slice | None

    def fill(self, values: np.ndarray) -> np.ndarray:
        """Interpolate per-vertex values (V, C) linearly between the rims, (PATCH_ROWS, K, C)."""
        t = np.linspace(0, 1, PATCH_ROWS, dtype=values.dtype)[:, None, None]
        return values[self.upper] * (1 - t) + values[self.lower] * t

    def positions(self, vertices: np.ndarray) -> np.ndarray:
        """Return the patch's vertices (PATCH_ROWS, K, 3), on the eyeball between the lids however far they are open."""
        if self.eyeball is None:
            return self.fill(vertices)
        centre = eyeball_centre(vertices, self.eyeball)
        radius = np.ptp(vertices[self.eyeball], 0)[:2].mean() / 2
        relative = self.fill(vertices - centre)
        length = np.linalg.norm(relative, axis=-1, keepdims=True)
        rim_length = self.fill(np.linalg.norm(vertices - centre, axis=-1, keepdims=True))
        t = np.linspace(0, 1, PATCH_ROWS, dtype=vertices.dtype)[:, None, None]
        inside = np.minimum(1, 3 * np.minimum(t, 1 - t))
        return centre + relative / length * (rim_length + (radius - rim_length) * inside)


@dataclass(frozen=True)
class WarpedChart:
    """The chart with opened eyes and filled holes.

    patches: the fillings of the right eye, the mouth and the left eye
    slots: for each eye (K, 2), its outline in the model's own chart
    vertex_uv: (9409, 2), the chart coordinates of the face's vertices, with opened eyes
    """

    patches: tuple[HolePatch, ...]
    slots: tuple[np.ndarray, ...]
    vertex_uv: np.ndarray

    def warp(self, uv: np.ndarray) -> np.ndarray:
        """Transform coordinates (N, 2) of the model's own chart into the UV layout."""
        for slot in self.slots:
            uv = _widen(uv, slot)
        return uv


def with_patches(vertices: np.ndarray, patches: Iterable[HolePatch]) -> np.ndarray:
    """Return the model's vertices (V, 3) followed by those of the filled holes."""
    return np.concatenate([vertices, *(patch.positions(vertices).reshape(-1, 3) for patch in patches)])


def warp_chart(model: FaceModel) -> WarpedChart:
    """Open the eyes of the face model's chart and fill its holes."""
    faces, face_uv = model.faces[FACE_QUADS], model.face_uv[FACE_QUADS]
    vertex_uv = np.zeros((FACE.stop, 2))
    vertex_uv[faces.ravel()] = model.uv[face_uv.ravel()]
    holes = sorted(boundary_loops(faces), key=len)[:3]
    holes = sorted((_pair_rims(loop, vertex_uv) for loop in holes), key=lambda pair: vertex_uv[pair[0], 0].mean())
    sockets = (RIGHT_EYEBALL, None, LEFT_EYEBALL)
    patches = tuple(HolePatch(upper, lower, socket) for (upper, lower), socket in zip(holes, sockets, strict=True))
    slots = []
    for patch in patches:
        if patch.eyeball is not None:
            slots.append(vertex_uv[np.r_[patch.upper, patch.lower]])
            vertex_uv = _widen(vertex_uv, slots[-1])
    return WarpedChart(patches, tuple(slots), vertex_uv)


def boundary_loops(faces: np.ndarray) -> list[list[int]]:
    """Return the closed loops of vertices along edges that belong to only one quad."""
    edges = Counter(tuple(sorted((q[i], q[(i + 1) % 4]))) for q in faces.tolist() for i in range(4))
    neighbours: dict[int, list[int]] = {}
    for (a, b), count in edges.items():
        if count == 1:
            neighbours.setdefault(a, []).append(b)
            neighbours.setdefault(b, []).append(a)
    loops, seen = [], set()
    for start in neighbours:
        loop, vertex = [], start
        while vertex is not None and vertex not in seen:
            seen.add(vertex)
            loop.append(vertex)
            vertex = next((v for v in neighbours[vertex] if v not in seen), None)
        if loop:
            loops.append(loop)
    return loops


def _pair_rims(loop: list[int], uv: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Split a hole's loop into its upper and lower rim, left to right; pairs lie above each other in the chart."""
    half = len(loop) // 2

    def chains(corner: int) -> tuple[np.ndarray, np.ndarray]:
        ring = np.roll(loop, -corner)
        return ring[: half + 1], np.r_[ring[0], ring[: half - 1 : -1]]

    def skew(corner: int) -> float:
        one, other = chains(corner)
        return np.abs(uv[one, 0] - uv[other, 0]).sum()

    one, other = chains(min(range(half), key=skew))
    if uv[one[0], 0] > uv[one[-1], 0]:
        one, other = one[::-1], other[::-1]
    return (one, other) if uv[one, 1].mean() > uv[other, 1].mean() else (other, one)


def _widen(uv: np.ndarray, slot: np.ndarray) -> np.ndarray:
    """Return chart coordinates (N, 2) with a slot, given by its outline (K, 2), opened smoothly to an almond."""
    centre = (slot.min(0) + slot.max(0)) / 2
    relative = uv - centre
    near = np.clip(1 - (relative**2).sum(1) / EYE_REACH**2, 0, 1) ** 2
    # A little wider than the stretched slot, so that its corners open too.
    half_width = np.ptp(slot[:, 0]) / 2 * (1 + EYE_STRETCH) * 1.04
    u = relative[:, 0] * (1 + EYE_STRETCH * near)
    almond = np.where(np.abs(u) < half_width, np.cos(np.clip(u / half_width, -1, 1) * np.pi / 2) ** 1.5, 0)
    height = np.abs(relative[:, 1])
    opening = EYE_OPENING * almond * np.clip(1 - height / OPENING_FADE, 0, 1)
    side = np.clip(relative[:, 1] / SLOT_HEIGHT, -1, 1)
    return centre + np.stack([u, relative[:, 1] + side * opening], 1)
