# SPDX-License-Identifier: GPL-3.0-or-later
"""Where several photos show the same points of the skin: dense flow between the photos in the UV layout.

Each photo is sampled into the layout through the present estimate of shape and pose. If both were right, the textures
would coincide; what is off shows as a shift between them, which optical flow finds (DIS: Kroeger et al., ECCV 2016).
Every pair of photos says by how much their shifts differ; least squares over all pairs gives one shift per photo, and
pairs that contradict the others lose their weight.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import cv2
import numpy as np

from nets.geometry.coarse_map import COARSE
from nets.geometry.uv_layout import FACE_WEIGHT, SIZE, UVLayout, bilinear
from nets.geometry.visibility import visibility_of

COARSER, FINE = 1, 2  # texels of the textures that are compared for each of the layout, along each side
MARGIN = 12  # texels of the layout around the face that textures have too
CONTRAST, EXPOSURE = 2.0, 3.0  # texels of the layout: finer differences are compared, by their strength this far around
DARK = 4.0  # grey levels of contrast that are noise
LEAST_FACING = 0.3  # cosine between normal and view under which a texel is too smeared
HIDDEN, PLAIN = 0.75, 0.95  # probability of a texel's being in plain view at which it counts nothing and all
LEAST_COMMON = 1500  # texels that two photos must have in common
RETURN = 0.75  # texels of the layout, standard deviation of the way there and back
UNLIKE, ALIKE = 0.2, 0.4  # correlation with which a match counts nothing, and how much more makes it count fully
FARTHEST = 12.0  # texels of the layout beyond which a shift is a mistake
CONTRADICTION = 0.5  # texels of the layout by which a pair may contradict the others
ROUNDS = 4  # of reweighting the pairs
NEIGHBOURS = 4  # photos, those with the most similar view of the head, with which each is compared


@dataclass(frozen=True)
class Photo:
    """What is compared of a photo. grey: (H, W) float32; in_view: (256, 256) in [0, 1], see FaceEstimate.seen."""

    grey: np.ndarray
    in_view: np.ndarray


@dataclass(frozen=True)
class Sightings:
    """Where V photos show N nodes of the surface.

    places: (V, N, 2), image space, pixels
    weights: (V, N) in [0, 1]
    """

    places: np.ndarray
    weights: np.ndarray


class Comparison:
    """Compares photos at the nodes (rows, columns) of a layout's coarse map."""

    def __init__(self, layout: UVLayout, rows: np.ndarray, columns: np.ndarray):
        self._layout, self._mesh = layout, layout.mesh("medium")
        self.nodes, self._step = (rows, columns), SIZE // COARSE
        self._face = layout.mask & ~layout.bridged & (layout.weights > FACE_WEIGHT)
        self._part = tuple(_extent(self._face.any(axis)) for axis in (1, 0))  # nothing else is compared
        self._flow = cv2.DISOpticalFlow_create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
        self._flow.setFinestScale(1)
        self._flow.setPatchStride(4)
        self._flow.setVariationalRefinementIterations(0)  # measured on known flow: a third of the time for nothing

    def sightings(self, photos: list[Photo], maps: list[np.ndarray], facing: np.ndarray) -> Sightings:
        """Compare the photos.

        maps: (256, 256, 3) for each photo, where the present estimate lies in it, image space
        facing: (V, 3), unit vectors, the direction from the head to the camera, canonical
        """
        shift, weight = self.shifts(photos, maps, facing)
        rows, columns = (self._step * (each + 0.5) - 0.5 for each in self.nodes)
        places = [
            bilinear(each[..., :2].astype(np.float64), rows + moved[:, 1], columns + moved[:, 0])
            for each, moved in zip(maps, shift, strict=True)
        ]
        return Sightings(np.stack(places), weight)

    def shifts(
        self, photos: list[Photo], maps: list[np.ndarray], facing: np.ndarray, scale: int = FINE
    ) -> tuple[np.ndarray, np.ndarray]:
        """Return by how many texels (right, down) of the layout each photo's texture is off, and how sure that is.

        Shifts (V, N, 2) add up to zero over the photos; weights (V, N) are in [0, 1]. The arguments are those of
        sightings(); scale: FINE, or COARSER, which takes a quarter of the time and is less exact.
        """
        count, nodes = len(photos), len(self.nodes[0])
        quality = [self._quality(photo, each) for photo, each in zip(photos, maps, strict=True)]
        textures = [_texture(photo, each[self._part], scale) for photo, each in zip(photos, maps, strict=True)]
        at_nodes = np.stack([each.reshape(COARSE, self._step, COARSE, -1).min((1, 3))[self.nodes] for each in quality])
        shifts, weights = np.zeros((count, count, nodes, 2)), np.zeros((count, count, nodes))
        for one, other in _pairs(facing):
            common = (quality[one] > 0) & (quality[other] > 0)
            if common.sum() >= LEAST_COMMON:
                both = np.minimum(at_nodes[one], at_nodes[other])
                for pair, shift, agreement in self._compare(textures, common[self._part], one, other, scale):
                    shifts[pair] = shift
                    agreement = agreement * both * (np.linalg.norm(shift, axis=1) < FARTHEST)
                    weights[pair] = np.where(agreement < 0.1, 0, agreement)
        shift, weight = synchronised(shifts, weights)
        return shift, weight * (at_nodes > 0)

    def _quality(self, photo: Photo, position_map: np.ndarray) -> np.ndarray:
        """Return how well a photo shows each texel, (256, 256) in [0, 1]."""
        visibility = visibility_of(position_map, self._layout, self._mesh)
        seen = cv2.erode((visibility.seen > 0.5).astype(np.uint8), np.ones((5, 5)))
        plain = np.clip((photo.in_view - HIDDEN) / (PLAIN - HIDDEN), 0, 1)
        height, width = photo.grey.shape
        x, y, _ = np.moveaxis(position_map, -1, 0)
        inside = (x > 2) & (y > 2) & (x < width - 3) & (y < height - 3)
        facing = np.where(visibility.facing > LEAST_FACING, visibility.facing, 0)
        return seen * facing * plain * inside * self._face

    def _compare(self, textures: list[np.ndarray], common: np.ndarray, one: int, other: int, scale: int):
        """Yield the pair in both directions, its shifts (N, 2) in texels of the layout, and their trust (N,).

        textures, common: of the part that is compared
        """
        height, width = textures[one].shape
        shared = cv2.resize(common.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST)
        first, second = (cv2.copyTo(textures[each], shared, np.full_like(textures[each], 128)) for each in (one, other))
        there, back = self._flow.calc(first, second, None), self._flow.calc(second, first, None)
        grid = np.stack(np.meshgrid(*(np.arange(side, dtype=np.float32) for side in (width, height))), -1)
        size = 2 * scale + 1
        for pair, flow, reverse in (((one, other), there, back), ((other, one), back, there)):
            place = grid + flow
            x, y = cv2.split(flow + cv2.remap(reverse, place, None, cv2.INTER_LINEAR))
            trust = cv2.exp(-(x * x + y * y) / (RETURN * scale) ** 2) * shared
            likeness = _likeness(*(textures[each] for each in pair), place, scale)
            trust *= np.clip((likeness - UNLIKE) / ALIKE, 0, 1)
            shift, trust = (cv2.blur(each, (size, size))[self._places(scale)] for each in (flow, trust))
            yield pair, shift / scale, trust

    def _places(self, scale: int) -> tuple[np.ndarray, np.ndarray]:
        """Return the rows and columns (N,) of the nodes in the part of a texture that is compared."""
        rows, columns = (
            np.rint((self._step * (each + 0.5) - part.start) * scale - 0.5).astype(int)
            for each, part in zip(self.nodes, self._part, strict=True)
        )
        return rows, columns


def synchronised(shifts: np.ndarray, weights: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return each photo's own shift (V, N, 2) and its weight (V, N) in [0, 1] from the differences between photos.

    shifts: (V, V, N, 2), shift of the second photo less that of the first; weights: (V, V, N)

    The shifts of a node add up to zero: the shape, not the whole head, moves.
    """
    count = len(shifts)
    robust = weights
    for _ in range(ROUNDS):
        both = robust + robust.swapaxes(0, 1)
        system = np.moveaxis(-both, -1, 0) + 1e-6
        system[:, range(count), range(count)] += both.sum(0).T + 1e-3
        right = np.moveaxis((robust[..., None] * shifts).sum(0) - (robust[..., None] * shifts).sum(1), 1, 0)
        own = np.moveaxis(np.linalg.solve(system, right), 0, 1)
        contradiction = ((shifts - (own[None] - own[:, None])) ** 2).sum(-1)
        robust = weights / (1 + contradiction / CONTRADICTION**2)
    partners = np.maximum((weights > 0).sum(0), 1)
    weight = (robust + robust.swapaxes(0, 1)).sum(0) / partners
    return own, np.where(weight > 0.1, np.minimum(weight, 1), 0)


def _pairs(facing: np.ndarray) -> list[tuple[int, int]]:
    """Return the pairs of photos to compare: each with those that look at the head from the nearest directions."""
    alike = facing @ facing.T - 2 * np.eye(len(facing))
    near = np.argsort(-alike, 1)[:, :NEIGHBOURS]
    return [(a, b) for a, b in combinations(range(len(facing)), 2) if b in near[a] or a in near[b]]


def _likeness(first: np.ndarray, second: np.ndarray, where: np.ndarray, scale: int) -> np.ndarray:
    """Return the correlation, -1 to 1, of one texture's surroundings with those in another, found at `where`.

    It is low where light, hair or a hand differ, and where there is nothing to see but noise.
    """
    one, other = (each.astype(np.float32) - 128 for each in (first, cv2.remap(second, where, None, cv2.INTER_LINEAR)))
    products = cv2.GaussianBlur(cv2.merge([one * other, one * one, other * other]), (0, 0), EXPOSURE * scale)
    product, ones, others = cv2.split(products)
    return product / np.sqrt(np.maximum(ones * others, 1))


def _texture(photo: Photo, position_map: np.ndarray, scale: int) -> np.ndarray:
    """Return a photo's fine contrast in a part of the layout, uint8, which light and exposure hardly change."""
    height, width = position_map.shape[:2]
    where = cv2.resize(position_map[..., :2], (scale * width, scale * height), interpolation=cv2.INTER_CUBIC)
    grey = cv2.remap(photo.grey, where, None, cv2.INTER_CUBIC)
    fine = grey - cv2.GaussianBlur(grey, (0, 0), CONTRAST * scale)
    strength = np.sqrt(cv2.GaussianBlur(fine * fine, (0, 0), EXPOSURE * scale)) + DARK
    return np.clip(128 + 45 * fine / strength, 0, 255).astype(np.uint8)


def _extent(used: np.ndarray) -> slice:
    """Return the part (a slice) of rows or columns that are used, with a margin."""
    places = np.flatnonzero(used)
    return slice(max(int(places[0]) - MARGIN, 0), int(places[-1]) + MARGIN + 1)
