# SPDX-License-Identifier: GPL-3.0-or-later
"""Derives a UV layout from the face chart of the face model.

The chart leaves the eyes and the mouth as holes, the eyes as slots one texel high. Here the eye slots are widened by a
smooth warp and filled with the front of the eyeball, and the mouth is closed by a membrane behind the lips. The insides
of lids and lips, which face backward, are bridged: a position map runs straight from the lid's edge to the eyeball, and
from lip to lip.
"""

import math
from collections import Counter
from dataclasses import dataclass

import numba
import numpy as np
from scipy.ndimage import distance_transform_edt

from nets import landmarks as landmark_places
from nets.face_model import FACE, FACE_QUADS, LEFT_EYEBALL, NARROW_FACE, RIGHT_EYEBALL, FaceModel, eyeball_centre
from nets.layout import SIZE, Bridge, UVLayout, bilinear

COARSE_SIZE = 64
PATCH_ROWS = 9  # rows of vertices from the upper to the lower rim of a filled hole, both rims included
LID_RINGS, LIP_RINGS = 2, 6  # rings of quads round the holes that face backward
BRIDGED_ROWS = 2  # of an eye's patch, at either rim
EYE_OPENING = 0.030  # of the chart, added above and below each eye slot
EYE_STRETCH = 0.55  # horizontal magnification at the eye, less one
LOSS_WEIGHTS = {"inner": 4.0, "face": 3.0, "rim": 0.4, "landmark": 16.0}


@dataclass(frozen=True)
class HolePatch:
    """A filled hole: grid of PATCH_ROWS x K vertices between paired rim vertices upper (K,) and lower (K,) i4.

    eyeball is the vertex range of the sphere that the patch lies on, None for a flat membrane.
    """

    upper: np.ndarray
    lower: np.ndarray
    eyeball: slice | None

    def fill(self, values: np.ndarray) -> np.ndarray:
        """Linear fill (PATCH_ROWS, K, C) of per-vertex values (V, C)."""
        t = np.linspace(0, 1, PATCH_ROWS, dtype=values.dtype)[:, None, None]
        return values[self.upper] * (1 - t) + values[self.lower] * t

    def positions(self, vertices: np.ndarray) -> np.ndarray:
        """Positions (PATCH_ROWS, K, 3): on the eyeball between the lids, whatever their opening."""
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
class TexelGrid:
    """S x S texels of the chart: the quad under each texel's centre, vertices (S, S, 4) i4 of the extended array, and
    its bilinear weights (S, S, 4) f4; mask (S, S) bool. Off the chart they are those of the nearest texel on it."""

    vertices: np.ndarray
    weights: np.ndarray
    mask: np.ndarray

    def gather(self, extended: np.ndarray) -> np.ndarray:
        """Per-vertex values (V + patches, C) as a map (S, S, C)."""
        return np.einsum("rckd,rck->rcd", extended[self.vertices], self.weights)


@dataclass(frozen=True)
class FaceChart:
    """The warped, filled chart: how vertices of the face model become a position map.

    patches fill the holes; their vertices come after the model's own, in order. dense (256 x 256) is the position map's
    grid, coarse (64 x 64) the networks'. vertex_uv (9409, 2) f4: the warped chart coordinates of the face's vertices.
    bridged (256, 256) bool: texels of the insides of lids and lips.
    """

    patches: tuple[HolePatch, ...]
    dense: "TexelGrid"
    coarse: "TexelGrid"
    vertex_uv: np.ndarray
    bridged: np.ndarray

    def position_map(self, vertices: np.ndarray) -> np.ndarray:
        """Vertices (V, 3) of the face model as a map (256, 256, 3) in the same frame and unit."""
        return self.dense.gather(self.extend(vertices))

    def extend(self, vertices: np.ndarray) -> np.ndarray:
        """The model's vertices (V, 3) followed by those of the filled holes."""
        return np.concatenate([vertices, *(patch.positions(vertices).reshape(-1, 3) for patch in self.patches)])

    def face_vertices(self, position_map: np.ndarray) -> np.ndarray:
        """The way back: a map (256, 256, C) at the face's own vertices (9409, C), bilinear between texels."""
        column = np.clip(self.vertex_uv[:, 0] * SIZE - 0.5, 0, SIZE - 1)
        row = np.clip((1 - self.vertex_uv[:, 1]) * SIZE - 0.5, 0, SIZE - 1)
        return bilinear(position_map, row, column)


def build_chart(model: FaceModel) -> FaceChart:
    """The chart of the model's face and ears, with eyes widened and eyes and mouth filled."""
    faces, face_uv = model.faces[FACE_QUADS], model.face_uv[FACE_QUADS]
    vertex_uv = np.zeros((FACE.stop, 2))
    vertex_uv[faces.ravel()] = model.uv[face_uv.ravel()]
    holes = sorted(_boundary_loops(faces), key=len)[:3]
    holes = sorted((_pair_rims(loop, vertex_uv) for loop in holes), key=lambda pair: vertex_uv[pair[0], 0].mean())
    sockets = (RIGHT_EYEBALL, None, LEFT_EYEBALL)
    patches = tuple(HolePatch(upper, lower, socket) for (upper, lower), socket in zip(holes, sockets, strict=True))
    for patch in patches:
        if patch.eyeball is not None:
            vertex_uv = _widen(vertex_uv, vertex_uv[np.r_[patch.upper, patch.lower]])

    quads, uv, offset = [faces], [vertex_uv], len(model.neutral)
    for patch in patches:
        k = len(patch.upper)
        grid = offset + np.arange(PATCH_ROWS * k).reshape(PATCH_ROWS, k)
        quads.append(np.stack([grid[:-1, :-1], grid[1:, :-1], grid[1:, 1:], grid[:-1, 1:]], -1).reshape(-1, 4))
        uv.append(patch.fill(vertex_uv).reshape(-1, 2))
        offset += grid.size
    index = np.concatenate(quads)
    extended_uv = np.zeros((offset, 2))
    extended_uv[: FACE.stop] = uv[0]
    extended_uv[len(model.neutral) :] = np.concatenate(uv[1:])
    dense, coarse = (_texel_grid(index, extended_uv[index], size) for size in (SIZE, COARSE_SIZE))
    bridged = _insides(faces, patches, len(model.neutral))[dense.vertices].all(-1) & dense.mask
    return FaceChart(patches, dense, coarse, vertex_uv.astype(np.float32), bridged)


def build_layout(model: FaceModel, chart: FaceChart) -> UVLayout:
    """The layout of the chart, with the face model's mean."""
    uv = chart.vertex_uv[landmark_places.VERTICES]
    landmarks = np.stack([(1 - uv[:, 1]) * SIZE - 0.5, uv[:, 0] * SIZE - 0.5], 1).round().astype(np.int32)
    outside = distance_transform_edt(chart.bridged, return_distances=False, return_indices=True)
    landmarks = outside[:, landmarks[:, 0], landmarks[:, 1]].T.astype(np.int32)
    mean = _continued(chart.position_map(model.neutral), chart.dense.mask)
    bridge = Bridge(chart.bridged)
    mean[chart.bridged] = bridge.matrix @ mean[bridge.piers]

    narrow = np.zeros((len(chart.extend(model.neutral)), 1), np.float32)
    narrow[NARROW_FACE] = 1
    narrow[len(model.neutral) :] = 1
    face = chart.dense.gather(narrow)[..., 0] > 0.5
    weights = np.where(face, LOSS_WEIGHTS["face"], LOSS_WEIGHTS["rim"])
    weights[_near(landmarks[17:], 7) & face] = LOSS_WEIGHTS["inner"]
    weights[landmarks[:, 0], landmarks[:, 1]] = LOSS_WEIGHTS["landmark"]
    weights[~chart.dense.mask] = 0
    anchors = np.zeros((0, 2), np.float32)  # a network brings its own
    return UVLayout(chart.dense.mask, landmarks, mean, weights.astype(np.float32), chart.bridged, anchors)


def _insides(faces: np.ndarray, patches: tuple[HolePatch, ...], vertex_count: int) -> np.ndarray:
    """Which of the model's vertices and of the patches' (V + patches,) lie inside the lids or the mouth."""
    parts = [np.zeros(vertex_count, bool)]
    for patch in patches:
        ring, near_rim = np.r_[patch.upper, patch.lower], np.ones((PATCH_ROWS, len(patch.upper)), bool)
        for _ in range(LIP_RINGS if patch.eyeball is None else LID_RINGS):
            ring = np.unique(faces[np.isin(faces, ring).any(1)])
        if patch.eyeball is not None:
            near_rim[BRIDGED_ROWS:-BRIDGED_ROWS] = False
        parts[0][ring] = True
        parts.append(near_rim.ravel())
    return np.concatenate(parts)


def _continued(position_map: np.ndarray, mask: np.ndarray, reach: int = 4) -> np.ndarray:
    """The map (S, S, 3) with texels just off the surface where the surface would be, were it to go on straight."""
    distance, nearest = distance_transform_edt(~mask, return_indices=True)
    own = np.indices(mask.shape)
    inward = np.clip(2 * nearest - own, 0, len(mask) - 1)
    known = (distance > 0) & (distance <= reach) & mask[tuple(inward)]
    continued = 2 * position_map[tuple(nearest)] - position_map[tuple(inward)]
    return np.where(known[..., None], continued, position_map).astype(np.float32)


def _near(texels: np.ndarray, distance: float) -> np.ndarray:
    rows, columns = np.mgrid[:SIZE, :SIZE]
    near = np.zeros((SIZE, SIZE), bool)
    for row, column in texels:
        near |= (rows - row) ** 2 + (columns - column) ** 2 <= distance**2
    return near


def _boundary_loops(faces: np.ndarray) -> list[list[int]]:
    """Closed loops of vertices along edges that belong to one quad only."""
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
    """(upper, lower) rims of a hole from left to right, paired so that partners lie above each other in the chart."""
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
    """Chart coordinates (N, 2) with the slot round the points slot (K, 2) opened to an almond, smoothly."""
    centre, reach = (slot.min(0) + slot.max(0)) / 2, 0.13
    relative = uv - centre
    near = np.clip(1 - (relative**2).sum(1) / reach**2, 0, 1) ** 2
    half_width = np.ptp(slot[:, 0]) / 2 * (1 + EYE_STRETCH) * 1.04
    u = relative[:, 0] * (1 + EYE_STRETCH * near)
    almond = np.where(np.abs(u) < half_width, np.cos(np.clip(u / half_width, -1, 1) * np.pi / 2) ** 1.5, 0)
    height = np.abs(relative[:, 1])
    opening = EYE_OPENING * almond * np.clip(1 - height / 0.11, 0, 1)
    side = np.clip(relative[:, 1] / 0.0019, -1, 1)  # by the slot's own half height
    return centre + np.stack([u, relative[:, 1] + side * opening], 1)


def _texel_grid(quads: np.ndarray, corners: np.ndarray, size: int) -> TexelGrid:
    """Finds every texel centre in quads (Q, 4) of vertices whose uv corners are (Q, 4, 2)."""
    pixels = np.stack([corners[..., 0] * size - 0.5, (1 - corners[..., 1]) * size - 0.5], -1)
    quad, weights = _rasterise_quads(pixels, size)
    mask = quad >= 0
    nearest = tuple(distance_transform_edt(~mask, return_distances=False, return_indices=True))
    return TexelGrid(quads[quad[nearest]].astype(np.int32), weights[nearest].astype(np.float32), mask)


@numba.njit(cache=True)
def _rasterise_quads(pixels: np.ndarray, size: int) -> tuple[np.ndarray, np.ndarray]:
    quad = np.full((size, size), -1, np.int64)
    weights = np.zeros((size, size, 4))
    for q in range(len(pixels)):
        x, y = pixels[q, :, 0], pixels[q, :, 1]
        for row in range(max(0, math.ceil(y.min() - 1e-6)), min(size - 1, math.floor(y.max() + 1e-6)) + 1):
            for column in range(max(0, math.ceil(x.min() - 1e-6)), min(size - 1, math.floor(x.max() + 1e-6)) + 1):
                s, t = _inverse_bilinear(x - column, y - row)
                if quad[row, column] < 0 and -1e-6 <= s <= 1 + 1e-6 and -1e-6 <= t <= 1 + 1e-6:
                    quad[row, column] = q
                    weights[row, column, 0] = (1 - s) * (1 - t)
                    weights[row, column, 1] = s * (1 - t)
                    weights[row, column, 2] = s * t
                    weights[row, column, 3] = (1 - s) * t
    return quad, weights


@numba.njit(cache=True)
def _inverse_bilinear(x: np.ndarray, y: np.ndarray) -> tuple[float, float]:
    """(s, t) where the quad with corners x, y (4,) passes through the origin, by Newton's method; (-1, -1) if
    nowhere."""
    s = t = 0.5
    for _ in range(12):
        px = (1 - s) * (1 - t) * x[0] + s * (1 - t) * x[1] + s * t * x[2] + (1 - s) * t * x[3]
        py = (1 - s) * (1 - t) * y[0] + s * (1 - t) * y[1] + s * t * y[2] + (1 - s) * t * y[3]
        xs, ys = (1 - t) * (x[1] - x[0]) + t * (x[2] - x[3]), (1 - t) * (y[1] - y[0]) + t * (y[2] - y[3])
        xt, yt = (1 - s) * (x[3] - x[0]) + s * (x[2] - x[1]), (1 - s) * (y[3] - y[0]) + s * (y[2] - y[1])
        determinant = xs * yt - xt * ys
        if abs(px) + abs(py) < 1e-9:
            return s, t
        if abs(determinant) < 1e-12:
            break
        s = min(max(s - (px * yt - xt * py) / determinant, -1.0), 2.0)
        t = min(max(t - (xs * py - px * ys) / determinant, -1.0), 2.0)
    return -1.0, -1.0
