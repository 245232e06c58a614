# SPDX-License-Identifier: GPL-3.0-or-later
"""The UV layout derived from the face chart of the face model.

The eyes are widened and the holes are filled, see nets/topology/chart_warp.py. The insides of lids and lips face
backward and are bridged: a position map runs straight from the lid's edge to the eyeball, and from lip to lip.
"""

import math
from dataclasses import dataclass

import numba
import numpy as np
from scipy.ndimage import distance_transform_edt

from nets.geometry.coarse_map import COARSE
from nets.geometry.uv_layout import SIZE, HarmonicFill, UVLayout, bilinear
from nets.lab.landmark_calibration import SHIFTS
from nets.topology.chart_warp import PATCH_ROWS, HolePatch, warp_chart, with_patches
from nets.topology.face_model import FACE, FACE_QUADS, NARROW_FACE, FaceModel
from nets.topology.landmark_vertices import VERTICES

LID_RINGS, LIP_RINGS = 2, 6  # rings of quads around the holes that face backward
BRIDGED_ROWS = 2  # of an eye's patch, at each rim
REACH = 2.0, 1.5  # texels, and texels per millimetre of its shift, by which a landmark may leave its feature
# PRN's (Feng et al., ECCV 2018): inner is the surroundings of eyes, nose and mouth, rim ears and neck.
LOSS_WEIGHTS = {"inner": 4.0, "face": 3.0, "rim": 0.4, "landmark": 16.0}


@dataclass(frozen=True)
class TexelGrid:
    """S x S texels of the chart, and the quad under each texel's centre. Off the chart it is that of the nearest texel.

    vertices: (S, S, 4) int32, the quad's corners in the extended array, see FaceChart.extend
    weights: (S, S, 4) float32, their bilinear weights
    mask: (S, S) bool, texels on the chart
    """

    vertices: np.ndarray
    weights: np.ndarray
    mask: np.ndarray

    def gather(self, extended: np.ndarray) -> np.ndarray:
        """Sample values (V + patches, C) of the extended array as a map (S, S, C)."""
        return np.einsum("rckd,rck->rcd", extended[self.vertices], self.weights)


@dataclass(frozen=True)
class FaceChart:
    """The warped and filled chart, by which vertices of the face model become a position map.

    patches: they fill the holes; their vertices follow the model's own, in this order
    dense, coarse: the grids of position maps (256 x 256) and of the networks' coarse maps (64 x 64)
    vertex_uv: (9409, 2) float32, warped chart coordinates of the face's vertices
    bridged: (256, 256) bool, texels of the insides of lids and lips
    """

    patches: tuple[HolePatch, ...]
    dense: "TexelGrid"
    coarse: "TexelGrid"
    vertex_uv: np.ndarray
    bridged: np.ndarray

    def position_map(self, vertices: np.ndarray) -> np.ndarray:
        """Sample vertices (V, 3) of the face model as a map (256, 256, 3) in the same frame and unit."""
        return self.dense.gather(self.extend(vertices))

    def points(self, vertices: np.ndarray, texels: np.ndarray) -> np.ndarray:
        """Sample vertices (V, 3) of the face model at texels (N, 2) of its position map, (N, 3)."""
        corners = self.dense.vertices[tuple(texels.T)], self.dense.weights[tuple(texels.T)]
        return np.einsum("nkd,nk->nd", self.extend(vertices)[corners[0]], corners[1])

    def extend(self, vertices: np.ndarray) -> np.ndarray:
        """Return the model's vertices (V, 3) followed by those of the filled holes."""
        return with_patches(vertices, self.patches)

    def face_vertices(self, position_map: np.ndarray) -> np.ndarray:
        """Sample a map (256, 256, C) at the face's vertices (9409, C), bilinear: the inverse of position_map."""
        column = np.clip(self.vertex_uv[:, 0] * SIZE - 0.5, 0, SIZE - 1)
        row = np.clip((1 - self.vertex_uv[:, 1]) * SIZE - 0.5, 0, SIZE - 1)
        return bilinear(position_map, row, column)


def build_chart(model: FaceModel) -> FaceChart:
    """Build the chart of the model's face and ears, with eyes widened and eyes and mouth filled."""
    warped = warp_chart(model)
    faces, patches, vertex_uv = model.faces[FACE_QUADS], warped.patches, warped.vertex_uv
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
    dense, coarse = (_texel_grid(index, extended_uv[index], size) for size in (SIZE, COARSE))
    bridged = _insides(faces, patches, len(model.neutral))[dense.vertices].all(-1) & dense.mask
    return FaceChart(patches, dense, coarse, vertex_uv.astype(np.float32), bridged)


def build_layout(model: FaceModel, chart: FaceChart) -> UVLayout:
    """Build the layout of the chart, with the face model's mean."""
    features = feature_texels(chart)
    mean = _extrapolated(chart.position_map(model.neutral), chart.dense.mask)
    fill = HarmonicFill(chart.bridged)
    mean[chart.bridged] = fill.matrix @ mean[fill.boundary]

    narrow = np.zeros((len(chart.extend(model.neutral)), 1), np.float32)
    narrow[NARROW_FACE] = 1
    narrow[len(model.neutral) :] = 1
    face = chart.dense.gather(narrow)[..., 0] > 0.5
    weights = np.where(face, LOSS_WEIGHTS["face"], LOSS_WEIGHTS["rim"])
    weights[_near(features[17:], 7) & face] = LOSS_WEIGHTS["inner"]
    weights[features[:, 0], features[:, 1]] = LOSS_WEIGHTS["landmark"]
    weights[~chart.dense.mask] = 0
    anchors = np.zeros((0, 2), np.float32)  # a network brings its own
    coarse = chart.coarse
    return UVLayout(
        *(chart.dense.mask, landmark_texels(model, chart), mean, weights.astype(np.float32), chart.bridged, anchors),
        *(coarse.vertices, coarse.weights, features),
    )


def feature_texels(chart: FaceChart) -> np.ndarray:
    """Return the texels (68, 2) int32, row and column, of nets.topology.landmark_vertices."""
    uv = chart.vertex_uv[VERTICES]
    texels = np.stack([(1 - uv[:, 1]) * SIZE - 0.5, uv[:, 0] * SIZE - 0.5], 1).round().astype(np.int32)
    outside = distance_transform_edt(chart.bridged, return_distances=False, return_indices=True)
    return outside[:, texels[:, 0], texels[:, 1]].T.astype(np.int32)


def landmark_texels(model: FaceModel, chart: FaceChart) -> np.ndarray:
    """Return the texels (68, 2) int32, row and column, nearest to the calibrated landmarks on the mean face.

    A landmark stays within reach of its feature on the chart: lips that touch lie far apart there.
    """
    surface, features = np.argwhere(chart.dense.mask & ~chart.bridged), feature_texels(chart)
    mean = chart.position_map(model.neutral)
    apart = np.linalg.norm(mean[tuple(surface.T)] - (mean[tuple(features.T)] + SHIFTS)[:, None], axis=-1)
    reach = REACH[0] + REACH[1] * np.linalg.norm(SHIFTS, axis=1)
    apart[np.linalg.norm(surface - features[:, None], axis=-1) > reach[:, None]] = np.inf
    return surface[apart.round(3).argmin(1)].astype(np.int32)  # of two that are as near, the first, on any processor


def _insides(faces: np.ndarray, patches: tuple[HolePatch, ...], vertex_count: int) -> np.ndarray:
    """Return which vertices of the extended array (V + patches,) bool lie inside the lids or the mouth."""
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


def _extrapolated(position_map: np.ndarray, mask: np.ndarray, reach: int = 4) -> np.ndarray:
    """Extrapolate a map (S, S, 3) linearly into texels just off the surface, up to `reach` texels away."""
    distance, nearest = distance_transform_edt(~mask, return_indices=True)
    own = np.indices(mask.shape)
    inward = np.clip(2 * nearest - own, 0, len(mask) - 1)
    known = (distance > 0) & (distance <= reach) & mask[tuple(inward)]
    extrapolated = 2 * position_map[tuple(nearest)] - position_map[tuple(inward)]
    return np.where(known[..., None], extrapolated, position_map).astype(np.float32)


def _near(texels: np.ndarray, distance: float) -> np.ndarray:
    """Return which texels (SIZE, SIZE) bool lie within a distance, in texels, of the given ones (N, 2)."""
    rows, columns = np.mgrid[:SIZE, :SIZE]
    near = np.zeros((SIZE, SIZE), bool)
    for row, column in texels:
        near |= (rows - row) ** 2 + (columns - column) ** 2 <= distance**2
    return near


def _texel_grid(quads: np.ndarray, corners: np.ndarray, size: int) -> TexelGrid:
    """Find the quad under every texel centre, given quads (Q, 4) of vertices and their uv corners (Q, 4, 2)."""
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
    """Return (s, t) where the quad with corners x, y (4,) passes through the origin, by Newton's method.

    Returns (-1, -1) if it does not.
    """
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
