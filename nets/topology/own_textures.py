# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures of the project's own head from a capture's: the face as it was seen, lids, scalp and nape continued from
it."""

from __future__ import annotations

from functools import lru_cache

import cv2
import numpy as np

from nets.geometry.inpainting import push_pull
from nets.geometry.uv_layout import UVLayout
from nets.geometry.visibility import smoothstep
from nets.topology.chart_warp import boundary_loops
from nets.topology.eye_texture import EyeTexture
from nets.topology.head_model import HeadModel
from nets.topology.own_head import CHART
from nets.topology.painted_quads import SHIFT, corners_in_texture, fill_quads

RIM = 6.0  # texels of the layout over which the face's texture gives way to its continuation at the chart's border
LID_REACH = 4  # texels of the layout round the eye's opening that get skin: lashes and the eye's edge lie there
FILL = 512  # texels along a side, at which the continuation is made: it is smooth
NECK = (0.78, 0.84)  # rows of the chart between which foreign colours begin to be left out
CHROMA = 0.25  # of the logarithm of colours: a difference in hue that skin does not have
HAIR_ROWS, LEAST_HAIR = 0.25, 0.3  # of the chart: where hair is looked for, and its share at the upper border
NAPE = (-95.0, -70.0)  # millimetres, y of the mean head between which hair ends
HAIRLINE, BEHIND_EARS = (88.0, -8.0), -78.0  # millimetres of the mean head: y and z in the middle, z at the ears
CLOSING = 0.8  # of the way to the texture's sides, from which on they are made alike
FACE_WEIGHT = 3.0  # loss weight of the layout from which a texel is one of the face
GRAIN_BAND = 24  # texels of the layout along the upper border whose grain the frame is given
GRAIN = 0.8  # of it
GRAIN_SIZE = 1.1  # texels, standard deviation of the blur that makes noise a grain
IRIS, PUPIL, LIMBUS = 0.0646, 0.0208, 0.007  # radii, and the width of the iris's dark edge, in the eye's tile
FIBRES = 0.12  # of the iris's brightness: how strong its pattern is


class OwnTextures:
    """What the textures need of head and layout; made once, used for any number of captures."""

    def __init__(self, model: HeadModel, layout: UVLayout):
        size = len(layout.mask)
        openings = np.zeros((size, size), np.uint8)
        for border in _eye_openings(model):
            cv2.fillPoly(openings, [corners_in_texture(border, size)], 1, shift=SHIFT)
        reach = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * LID_REACH + 1,) * 2)
        insides = cv2.dilate(layout.bridged.astype(np.uint8), np.ones((3, 3), np.uint8))
        hidden = (cv2.dilate(openings, reach) | insides).astype(bool)  # lashes, teeth, what the map lacks
        inside = cv2.distanceTransform(np.pad(layout.mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        self._known = np.where(hidden, 0, smoothstep(inside / RIM)).astype(np.float32)
        self._face = (layout.weights >= FACE_WEIGHT) & ~hidden
        self._eyes_seen = cv2.erode(openings, np.ones((3, 3), np.uint8)).astype(bool)
        self._eye = EyeTexture(IRIS, PUPIL, LIMBUS, FIBRES)
        self._scalp = _painted(model, scalp_of(model.neutral[: len(model.chart)]), FILL)

    def make(self, texture: np.ndarray) -> dict[str, np.ndarray]:
        """Return skin (T, T, 3) and eyes (512, 512, 3), uint8 sRGB, from a capture's texture (T, T, 3) uint8."""
        return {"skin": self._skin(texture), "eyes": self._eyes(texture)}

    def skin_mask(self, mask: np.ndarray) -> np.ndarray:
        """Return the skin's texture mask (T, T) uint8 from a capture's in the UV layout."""
        return (_placed(mask, len(mask)) > 0.5).astype(np.uint8)

    def _skin(self, texture: np.ndarray) -> np.ndarray:
        """Return the face where it was seen, and around it what its skin and its hair go on as."""
        size, layout_size = len(texture), self._known.shape[::-1]
        small = cv2.resize(texture, layout_size, interpolation=cv2.INTER_AREA).astype(np.float32)
        foreign = np.where(self._face, 0, foreign_colours(small, self._face))
        rows = np.arange(len(small))[:, None] / len(small)
        neck = smoothstep((rows - NECK[0]) / (NECK[1] - NECK[0]))
        clothes = cv2.dilate((foreign * neck > 0.3).astype(np.float32), np.ones((9, 9), np.uint8))
        known = self._known * (1 - cv2.GaussianBlur(clothes, (0, 0), 1.5))
        hair = self._known * foreign * (rows < HAIR_ROWS)
        if hair[: len(small) // 16].mean() < LEAST_HAIR:  # the forehead goes on as scalp
            hair = known
        fills = [_continued(small, part) for part in (known * (1 - foreign), hair)]
        scalp = self._scalp[..., None]
        filled = _closed(scalp * fills[1] + (1 - scalp) * fills[0])
        filled = cv2.resize(filled, (size, size), interpolation=cv2.INTER_LINEAR)
        filled += self._grain(texture)
        seen, seen_there = _placed(texture.astype(np.float32), size), _placed(known, size)[..., None]
        return np.uint8(np.clip(seen_there * seen + (1 - seen_there) * filled, 0, 255) + 0.5)

    def _grain(self, texture: np.ndarray) -> np.ndarray:
        """Return noise (T, T, 3) as strong as what is finest at the upper border of the face."""
        size = len(texture)
        band = texture[: size * GRAIN_BAND // len(self._known)].astype(np.float32)
        fine = band - cv2.GaussianBlur(band, (0, 0), 3 * GRAIN_SIZE)
        return _noise(size) * np.median(np.abs(fine), (0, 1)) * GRAIN

    def _eyes(self, texture: np.ndarray) -> np.ndarray:
        """Return an eye in the colours of the capture's irises and whites."""
        seen = cv2.resize(texture, self._eyes_seen.shape[::-1], interpolation=cv2.INTER_AREA)[self._eyes_seen]
        return self._eye.draw(seen.astype(np.float64))


def scalp_of(points: np.ndarray) -> np.ndarray:
    """Return which of the mean skin's vertices (V, 3) bear hair, (V,) float64 in [0, 1]: above the nape, behind the
    ears and the forehead."""
    y, z = points[:, 1], points[:, 2]
    rise = np.array(HAIRLINE) - (0, BEHIND_EARS)  # from the ear's upper root to the middle of the hairline, y and z
    behind = (rise[0] * (BEHIND_EARS - z) + rise[1] * y) / np.hypot(*rise)
    behind = np.where(y > 0, behind, BEHIND_EARS - z)
    return smoothstep(behind / 12 + 0.5) * smoothstep((y - NAPE[0]) / (NAPE[1] - NAPE[0]))


def foreign_colours(colours: np.ndarray, face: np.ndarray) -> np.ndarray:
    """Return where colours (S, S, 3) float32 are none that the skin of the face (S, S) bool has, 0 to 1."""
    tone = np.log(cv2.GaussianBlur(colours, (0, 0), 2) + 8)
    own = tone[face]
    middle = np.median(own, 0)
    width = np.maximum(1.25 * np.abs(own - middle).mean(0), 0.08).mean()
    chroma = tone - tone.mean(-1, keepdims=True) - (middle - middle.mean())
    apart = np.maximum(np.abs(tone.mean(-1) - middle.mean()) / (3 * width), np.abs(chroma).max(-1) / CHROMA)
    return smoothstep(2 * (apart - 0.75))


@lru_cache(maxsize=1)
def _noise(size: int) -> np.ndarray:
    """Return grain (size, size, 1) float32 of standard deviation 1, the same for every capture."""
    noise = np.random.default_rng(0).standard_normal((size, size)).astype(np.float32)
    noise = cv2.GaussianBlur(noise, (0, 0), GRAIN_SIZE)
    return noise[..., None] / noise.std()


def _placed(values: np.ndarray, size: int) -> np.ndarray:
    """Return values (S, S, …) of the chart at their place in a texture (size, size, …), 0 around."""
    low, high = np.round(CHART * size).astype(int)
    placed = np.zeros((size, size, *values.shape[2:]), np.float32)
    shape = tuple(high - low)
    kind = cv2.INTER_AREA if len(values) > shape[0] else cv2.INTER_LINEAR
    placed[low[1] : high[1], low[0] : high[0]] = cv2.resize(values.astype(np.float32), shape, interpolation=kind)
    return placed


def _continued(colours: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """Return the texture's frame (FILL, FILL, 3) float32 as the chart's colours (S, S, 3) go on where weights are 0."""
    weight = _placed(weights, FILL)
    colour = _placed(colours * weights[..., None], FILL) / np.maximum(weight, 1e-3)[..., None]
    return push_pull(colour, np.where(weight > 1e-3, weight, 0))


def _closed(frame: np.ndarray) -> np.ndarray:
    """Return a frame whose left and right borders, which meet at the back of the head, have the same colours."""
    places = np.abs(np.linspace(-1, 1, len(frame)))
    at_border = 0.5 * smoothstep((places - CLOSING) / (1 - CLOSING))[None, :, None]
    return ((1 - at_border) * frame + at_border * frame[:, ::-1]).astype(np.float32)


def _painted(model: HeadModel, values: np.ndarray, size: int) -> np.ndarray:
    """Return values (V,) of the skin's vertices in its texture (size, size), float32, carried on over its margins."""
    own = model.part == model.part_names.index("skin")
    picture = np.full((size, size), -1, np.float32)
    fill_quads(picture, model.uv[model.face_uv[own]], values[model.faces[own]].mean(1))
    covered = (picture >= 0).astype(np.float32)
    return cv2.GaussianBlur(push_pull(np.maximum(picture, 0)[..., None], covered)[..., 0], (0, 0), 3)


def _eye_openings(model: HeadModel) -> list[np.ndarray]:
    """Return the borders of the skin round the eyes, each (N, 2) in the chart, in order."""
    borders = [model.chart[loop] for loop in boundary_loops(model.faces[model.part == model.part_names.index("skin")])]

    def apart(border: np.ndarray, place: np.ndarray) -> float:
        distance = np.linalg.norm(border - place, axis=1)
        return np.where(np.isnan(distance), np.inf, distance).min()  # the neck's border is not in the chart

    middles = [model.chart[lids.ravel()].mean(0) for lids in model.lids.values()]
    return [min(borders, key=lambda border: apart(border, middle)) for middle in middles]
