# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures of the face model's mesh from a capture's texture: the face in the model's chart, the rest in its tone."""

from __future__ import annotations

import cv2
import numpy as np

from nets.geometry.inpainting import push_pull
from nets.geometry.uv_layout import FACE_WEIGHT, UVLayout
from nets.geometry.visibility import smoothstep
from nets.topology.chart_warp import WarpedChart
from nets.topology.eye_texture import EyeTexture, colours_by_rank
from nets.topology.face_model import FACE, HEAD_AND_NECK, NARROW_FACE, FaceModel
from nets.topology.head_model import Sighting
from nets.topology.ict_head import PARTS, cavities, part_of_faces
from nets.topology.painted_quads import fill_quads
from nets.topology.scalp import scalp_of
from nets.topology.skin_colours import SkinColourFinder, shown_on_either_side

SMALL = 512  # texels along each side of the head's texture
RIM, RIM_BLUR = 0.06, 0.03  # of the chart: width of the rim in which the face's texture loses detail, and its blur
HEAD_BLUR = 3  # texels by which the colours of scalp and neck are blurred
ROUNDS, PULL = 120, 0.03  # of diffusing the face's colours over the head, and the share of the tone in each round
MOUTH, SOCKET = (96, 38, 38), (150, 84, 76)  # sRGB
IRIS, PUPIL, LIMBUS = 0.112, 0.042, 0.012  # radii, and width of the iris's dark edge, in the eye's tile


class IctTextures:
    """Makes the textures of any number of captures."""

    def __init__(self, model: FaceModel, chart: WarpedChart, layout: UVLayout | None = None):
        """layout: of the captures; None: what they show is taken for skin all over."""
        self.chart = chart
        self.bared = Bared(layout) if layout else None
        self.hairy = scalp_of(model.neutral[FACE.stop : HEAD_AND_NECK.stop])[:, None]
        self.eye = EyeTexture(IRIS, PUPIL, LIMBUS)
        self.places: dict[int, np.ndarray] = {}  # size -> where each texel of the skin lies in a capture's texture
        self.own_uv = np.zeros((FACE.stop, 2))
        part = part_of_faces(model)
        face, scalp = (part == list(PARTS).index(name) for name in ("skin", "head"))
        self.own_uv[model.faces[face].ravel()] = model.uv[model.face_uv[face].ravel()]
        self.outline = _outline(model.uv[model.face_uv[face]], 256)
        self.scalp, self.scalp_uv = model.faces[scalp], model.uv[model.face_uv[scalp]] - (1, 0)
        self.scalp_outline = _outline(self.scalp_uv, SMALL) / np.float32(255)

    def make(self, sighting: Sighting) -> dict[str, np.ndarray]:
        """Make the textures from a capture's.

        Returns skin: (T, T, 3), head and eyes: (512, 512, 3), uint8 sRGB, row 0 at v = 1, each for its own tile.
        """
        texture, hair = sighting.texture, None
        if self.bared:
            texture, hair = self.bared.of(sighting)
        skin = self._skin(texture)
        head = self._head(_sampled(skin, self.own_uv), hair)
        return {"skin": skin, "head": head, "eyes": self._eyes(sighting.texture)}

    def normal_map(self, normals: np.ndarray) -> np.ndarray:
        """Return the skin's normal map (S, S, 3) from one in the UV layout."""
        return self._in_own_chart(normals)

    def _in_own_chart(self, texture: np.ndarray) -> np.ndarray:
        """Return a picture in the UV layout in the model's own chart."""
        where = self._places(len(texture))
        return cv2.remap(texture, where, None, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)

    def _skin(self, texture: np.ndarray) -> np.ndarray:
        """Return the capture's texture in the model's own chart, blurred at its rim."""
        size, own = len(texture), self._in_own_chart(texture)
        inside = cv2.distanceTransform(self.outline, cv2.DIST_L2, 5) / len(self.outline)
        detail = cv2.resize(smoothstep(inside / RIM), (size, size))[..., None]
        blurred = cv2.GaussianBlur(own, (0, 0), RIM_BLUR * size)
        return np.uint8(detail * own + (1 - detail) * blurred + 0.5)

    def skin_mask(self, mask: np.ndarray) -> np.ndarray:
        """Return the skin's texture mask (T, T) uint8 from a capture's in the UV layout."""
        return cv2.remap(mask, self._places(len(mask)), None, cv2.INTER_NEAREST)

    def _places(self, size: int) -> np.ndarray:
        """Return where each texel of the skin lies in a capture's texture, (size, size, 2) float32, pixels."""
        if size not in self.places:
            side = (np.arange(size) + 0.5) / size
            uv = np.stack(np.meshgrid(side, 1 - side), -1).reshape(-1, 2)
            warped = self.chart.warp(uv).reshape(size, size, 2)
            self.places[size] = np.float32(warped * (size, -size) + (-0.5, size - 0.5))
        return self.places[size]

    def _head(self, face: np.ndarray, hair: np.ndarray | None) -> np.ndarray:
        """Return the texture of scalp and neck, on which the colours of the face's vertices (9409, 3) are diffused.

        hair: (3,), the colour of the scalp; None: it is bald
        """
        tone = np.median(face[NARROW_FACE], 0)
        tones = np.tile(tone, (HEAD_AND_NECK.stop - FACE.stop, 1))
        if hair is not None:
            tones += self.hairy * (hair - tone)
        colours = np.concatenate([face, tones])
        quads = self.scalp[(self.scalp < HEAD_AND_NECK.stop).all(1)]
        edges = np.concatenate([quads[:, [k, (k + 1) % 4]] for k in range(4)])
        edges = np.concatenate([edges, edges[:, ::-1]])
        edges = edges[edges[:, 0] >= FACE.stop]
        count = np.maximum(np.bincount(edges[:, 0], minlength=len(colours)), 1)[FACE.stop :, None]
        for _ in range(ROUNDS):
            around = np.stack([np.bincount(edges[:, 0], colours[edges[:, 1], c], len(colours)) for c in range(3)], 1)
            colours[FACE.stop :] = (1 - PULL) * around[FACE.stop :] / count + PULL * tones
        vertex_colours = np.tile(tone, (self.scalp.max() + 1, 1))
        vertex_colours[: len(colours)] = colours
        quad_colours = vertex_colours[self.scalp].mean(1)
        for inside, colour in zip(cavities(self.scalp.max(1)), (MOUTH, SOCKET), strict=True):
            quad_colours[inside] = colour
        painted = _filled(self.scalp_uv, np.uint8(quad_colours), SMALL)
        extended = push_pull(painted, self.scalp_outline)  # or the borders of the chart would show as seams
        return np.uint8(cv2.GaussianBlur(extended, (0, 0), HEAD_BLUR) + 0.5)

    def _eyes(self, texture: np.ndarray) -> np.ndarray:
        """Return an eye in the colours of the capture's irises and whites."""
        patches = (patch for patch in self.chart.patches if patch.eyeball is not None)
        uv = np.concatenate([patch.fill(self.chart.vertex_uv)[3:-3, 3:-3].reshape(-1, 2) for patch in patches])
        return self.eye.draw(colours_by_rank(_sampled(texture, uv)))


class Bared:
    """Takes collars and backgrounds off captures' textures in a layout."""

    def __init__(self, layout: UVLayout):
        face = layout.weights >= FACE_WEIGHT
        self._mask, self._on_face = np.float32(layout.mask), cv2.GaussianBlur(np.float32(face), (0, 0), 2)
        self._colours = SkinColourFinder(layout, face)

    def of(self, sighting: Sighting) -> tuple[np.ndarray, np.ndarray | None]:
        """Return the texture (T, T, 3) uint8 with skin or hair where it showed neither, and the colour of the scalp's
        hair (3,); None if it is bald."""
        texture, size, known = sighting.texture, len(self._mask), self._mask
        if sighting.seen is not None:
            known = known * np.maximum(shown_on_either_side(sighting.seen, size), self._on_face)
        small = cv2.resize(texture, (size, size), interpolation=cv2.INTER_AREA).astype(np.float32)
        colours = self._colours.find(small, known)
        hair = colours.hair_tone if colours.has_hair else None
        filled = push_pull(small, colours.skin)
        if colours.has_hair:
            filled += colours.overgrown[..., None] * (hair - filled)
        filled, kept = (cv2.resize(np.float32(each), texture.shape[1::-1]) for each in (filled, colours.kept))
        return cv2.blendLinear(texture, np.uint8(np.clip(filled, 0, 255)), kept, 1 - kept), hair


def _filled(uv: np.ndarray, colours: np.ndarray, size: int) -> np.ndarray:
    """Return a black tile (S, S, 3) uint8 with quads (Q, 4, 2) painted in their colours (Q, 3) uint8."""
    picture = np.zeros((size, size, 3), np.uint8)
    fill_quads(picture, uv, colours)
    return picture


def _outline(uv: np.ndarray, size: int) -> np.ndarray:
    """Return where the quads (Q, 4, 2) of a tile lie, (S, S) uint8, 255 there, else 0."""
    return _filled(uv, np.full((len(uv), 3), 255, np.uint8), size)[..., 0]


def _sampled(texture: np.ndarray, uv: np.ndarray) -> np.ndarray:
    """Return colours (N, 3) float64 of a texture at places (N, 2) of its tile, each the mean of a few texels."""
    size = len(texture)
    smooth = cv2.GaussianBlur(texture, (0, 0), size / 512)
    column, row = np.clip((uv * (size, -size) + (0, size)).astype(int), 0, size - 1).T
    return smooth[row, column].astype(np.float64)
