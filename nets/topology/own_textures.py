# SPDX-License-Identifier: GPL-3.0-or-later
"""Textures of the project's own head from a capture's: the face as it was seen, lids, scalp and neck continued from
it."""

from __future__ import annotations

import cv2
import numpy as np

from nets.geometry.inpainting import push_pull
from nets.geometry.uv_layout import UVLayout
from nets.geometry.visibility import smoothstep
from nets.topology.cavities import cavity_shade
from nets.topology.eye_openings import EyeOpenings
from nets.topology.eye_texture import SCLERA, EyeTexture
from nets.topology.head_model import HeadModel, Sighting
from nets.topology.own_head import CHART
from nets.topology.scalp import ears_of, frayed, fringe_at, scalp_of, strands_at
from nets.topology.seen_eyes import DETAIL, eyes_by_rank, seen_eyes
from nets.topology.skin_colours import SkinColourFinder, SkinColours, covered_where_shown, padding, shown_on_either_side
from nets.topology.texture_places import over_texture, placed

RIM = 6.0  # texels of the layout over which the face's texture gives way to its continuation at the chart's border
LASHES_END, LASHES_FADE = 3.5, 4.0  # texels of the layout round the eye's opening whose colours are lashes, iris and
# white, and over which the photo's skin takes their place
LID_SKIN = 4.5, 11.0  # the same, from which and up to which lids take their colour
LID_BLUR = 5.0  # texels of the layout: a neighbourhood on a lid
LASHES = 0.3, 0.6  # least and greatest brightness of the line of lashes, of the skin's
LASH_PLACE, LASH_WIDTH = 0.8, 0.9  # texels of the layout round the opening: where the line is, and how wide
LOWER_LASHES = 0.4  # how strong the line is along the lower lid
FILL = 512  # texels along a side, at which the continuation is made: it is smooth
NECK = 0.84  # brightness of the neck, of the face's: it lies in the face's shadow
PULL = 4e-4  # weight of a texel of the typical colour: it rules 1/sqrt(PULL) texels away
SIDES = 0.35, 0.65  # shares of hair that goes on from what is seen, between which a bald scalp bears hair
SIDES_BLUR = 8.0  # texels of FILL, over which that share is smoothed
MIDDLE = 25.0  # millimetres from the middle, within which both sides of the scalp are made alike, for they meet there
FACE_WEIGHT = 3.0  # loss weight of the layout from which a texel is one of the face
GRAIN_BAND = (0.3, 0.45)  # rows of the chart whose grain the rest of the skin is given
GRAIN_SIZE = 1.1  # texels, standard deviation of the blur that makes noise a grain
STRANDS = (0.05, 0.2)  # least and greatest contrast of hair
UNIT, RELIEF = 128, 32  # levels of 8 bits that stand for 0 and for a standard deviation of strands and grain
FLAT = (128, 128, 255)  # of a normal map where the surface is as the mesh has it
IRIS, PUPIL, LIMBUS = 0.0646, 0.0208, 0.007  # radii, and the width of the iris's dark edge, in the eye's tile
INSIDES = {"teeth": (224, 212, 190), "mouth": (142, 74, 70)}  # sRGB of parts that no photo shows, in full light
WHITE = 1.05  # least brightness of the white, of the skin's
FIBRES = 0.12  # of the iris's brightness: how strong its pattern is


class OwnTextures:
    """What the textures need of head and layout; made once, used for any number of captures."""

    def __init__(self, model: HeadModel, layout: UVLayout):
        size = len(layout.mask)
        self._openings = EyeOpenings(model, layout)
        away = cv2.distanceTransform(1 - self._openings.mask, cv2.DIST_L2, 5)
        insides = cv2.dilate(layout.bridged.astype(np.uint8), np.ones((3, 3), np.uint8)).astype(bool)
        hidden = np.maximum(1 - smoothstep((away - LASHES_END) / LASHES_FADE), insides)  # eyes and teeth
        self._at_eyes = placed(np.float32(away < LID_SKIN[1]), FILL)
        self._lid_skin = np.float32((away > LID_SKIN[0]) & (away < LID_SKIN[1]))
        self._lash_line = (away > 0) & (away < LASHES_END)
        upper = np.arange(size)[:, None] < layout.landmarks[36:48, 0].mean()
        line = np.exp(-(((away - LASH_PLACE) / LASH_WIDTH) ** 2)) * np.where(upper, 1, LOWER_LASHES)
        self._at_lashes = cv2.GaussianBlur(np.float32(line), (0, 0), 0.8)
        inside = cv2.distanceTransform(np.pad(layout.mask.astype(np.uint8), 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
        self._known = ((1 - hidden) * smoothstep(inside / RIM)).astype(np.float32)
        self._face = (layout.weights >= FACE_WEIGHT) & (hidden < 0.01)
        self._on_face = cv2.GaussianBlur((layout.weights >= FACE_WEIGHT).astype(np.float32), (0, 0), 2)
        self._colours = SkinColourFinder(layout, self._face)
        self._behind = np.abs(np.linspace(-1, 1, FILL)) > CHART[1, 0] - CHART[0, 0]
        self._upper = np.float32(np.arange(size)[:, None] < layout.feature_texels[17:27, 0].min())
        self._eye = EyeTexture(IRIS, PUPIL, LIMBUS, FIBRES)
        self._points = over_texture(model, model.neutral, FILL)
        shade = over_texture(model, cavity_shade(model)[:, None], FILL)
        self._shade = 1 - ears_of(self._points)[..., None] * (1 - shade)
        self._scalp = scalp_of(self._points)
        self._at_middle = 0.5 * smoothstep(1.5 - np.abs(self._points[..., 0]) / MIDDLE) * (self._scalp > 0)
        self._reliefs: dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]] = {}

    def make(self, sighting: Sighting) -> dict[str, np.ndarray]:
        """Return skin (T, T, 3), eyes (512, 512, 3), teeth and mouth (8, 8, 3), uint8 sRGB."""
        skin, tone = self._skin(sighting)
        detail = cv2.resize(sighting.texture, (DETAIL, DETAIL), interpolation=cv2.INTER_AREA)
        openings = self._openings.shown(sighting)
        eyes = seen_eyes(detail, openings, WHITE * tone) or eyes_by_rank(detail, openings, WHITE * tone)
        light = eyes.white / SCLERA
        insides = {part: np.uint8(np.ones((8, 8, 1)) * light * colour) for part, colour in INSIDES.items()}
        return {"skin": skin, "eyes": self._eye.draw(eyes), **insides}

    def skin_mask(self, mask: np.ndarray) -> np.ndarray:
        """Return the skin's texture mask (T, T) uint8 from a capture's in the UV layout."""
        return (placed(mask.astype(np.float32), len(mask)) > 0.5).astype(np.uint8)

    def normal_map(self, normals: np.ndarray) -> np.ndarray:
        """Return the skin's normal map (S, S, 3) from one in the UV layout, flat where the layout has nothing."""
        inside = placed(np.ones(normals.shape[:2], np.uint8), len(normals))[..., None]
        return np.where(inside, placed(normals, len(normals)), np.uint8(FLAT))

    def _skin(self, sighting: Sighting) -> tuple[np.ndarray, np.ndarray]:
        """Return the face where it was seen, and around it what its skin and its hair go on as; and the face's tone."""
        texture, seen, covered = sighting.texture, sighting.seen, None
        size, shape = len(texture), self._known.shape[::-1]
        small = cv2.resize(texture, shape, interpolation=cv2.INTER_AREA).astype(np.float32)
        known = self._known
        if seen is None:
            known = known * (1 - padding(small))
        else:
            known = known * np.maximum(shown_on_either_side(seen, len(known)), self._on_face)
        if seen is not None and sighting.in_view is not None:
            covered = covered_where_shown(sighting.in_view, seen, len(known))
        colours = self._colours.find(small, known, covered)
        bare, hair, grown = self._frame(small, colours)
        strands, noise, border = self._relief(size)
        share = _enlarged(grown, size)
        share = np.maximum(share, border) if colours.has_hair else share * border
        contrast = _contrast(small, colours.hair) if colours.has_hair else STRANDS[0]
        light = cv2.addWeighted(strands, contrast * UNIT / RELIEF, strands, 0, UNIT * (1 - contrast * UNIT / RELIEF))
        hair = cv2.multiply(_enlarged(hair, size), light, scale=1 / UNIT)
        filled = cv2.blendLinear(hair, _enlarged(bare, size), share, 1 - share)
        grain = _grain(texture) / RELIEF
        filled = cv2.addWeighted(filled, 1, noise, grain, -UNIT * grain)
        kept = placed(colours.kept, size)
        return cv2.blendLinear(placed(texture, size), filled, kept, 1 - kept), colours.tone

    def _frame(self, small: np.ndarray, colours: SkinColours) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return what the photo's colours (S, S, 3) go on as, skin and hair, (FILL, FILL, 3) uint8 each, and where
        hair grows besides the scalp, or on a bald one, (FILL, FILL) float32 in [0, 1]."""
        skin = _continued(small, colours.skin, NECK * colours.tone, PULL) * self._shade
        at_eyes = self._at_eyes[..., None]
        skin = (1 - at_eyes) * skin + at_eyes * placed(self._lid_colours(small), FILL)
        skin *= 1 - placed(self._at_lashes, FILL)[..., None] * (1 - self._lashes(small, colours))
        hair = _continued(small, colours.hair, colours.hair_tone, PULL)
        if colours.has_hair:
            grown = placed(colours.overgrown, FILL)
        else:
            either = placed(colours.hair + colours.skin * self._upper, FILL)
            goes_on = push_pull((placed(colours.hair, FILL) / np.maximum(either, 1e-3))[..., None], either)[..., 0]
            goes_on[:, self._behind] = np.maximum.accumulate(goes_on[:, self._behind], 0)  # down to the nape
            goes_on = cv2.GaussianBlur(goes_on, (0, 0), SIDES_BLUR)
            grown = smoothstep((goes_on - SIDES[0]) / (SIDES[1] - SIDES[0]))
        return self._closed(skin), self._closed(hair), np.float32(grown)

    def _closed(self, frame: np.ndarray) -> np.ndarray:
        """Return a frame (FILL, FILL, 3), uint8, whose halves meet without a step where the texture is cut: behind."""
        at_middle = self._at_middle[..., None]
        return np.uint8(np.clip((1 - at_middle) * frame + at_middle * frame[:, ::-1], 0, 255))

    def _lid_colours(self, small: np.ndarray) -> np.ndarray:
        """Return what the skin round the eyes goes on as where lashes and eyes were, (S, S, 3) float32.

        small: (S, S, 3), the photo's colours. Lashes, which are thin and dark, are left out: they would be drawn out to
        streaks when an eye closes.
        """
        grey = small.mean(-1)
        around = cv2.GaussianBlur(grey * self._lid_skin, (0, 0), LID_BLUR)
        around /= cv2.GaussianBlur(self._lid_skin, (0, 0), LID_BLUR) + 1e-6
        clear = self._lid_skin * smoothstep((grey / np.maximum(around, 1) - 0.75) / 0.2)
        return push_pull(small, clear)

    def _lashes(self, small: np.ndarray, colours: SkinColours) -> float:
        """Return the brightness of the line of lashes, of the skin's round it."""
        return float(np.clip(np.median(small[self._lash_line]) / max(float(colours.tone.mean()), 1), *LASHES))

    def _relief(self, size: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        """Return strands and grain (size, size, 3) uint8, around UNIT, their standard deviation RELIEF, and where
        the scalp bears hair, (size, size) float32 in [0, 1]: the same for every capture."""
        if size not in self._reliefs:
            noise = np.random.default_rng(0).standard_normal((size, size)).astype(np.float32)
            noise = cv2.GaussianBlur(noise, (0, 0), GRAIN_SIZE)
            points = cv2.resize(self._points, (size, size), interpolation=cv2.INTER_LINEAR)
            strands, noise = (
                cv2.merge([np.uint8(np.clip(UNIT + RELIEF * each, 0, 255))] * 3)
                for each in (strands_at(points), noise / noise.std())
            )
            self._reliefs[size] = strands, noise, frayed(scalp_of(points), fringe_at(points))
        return self._reliefs[size]


def _enlarged(values: np.ndarray, size: int) -> np.ndarray:
    """Return values (FILL, FILL, ...) at (size, size, ...)."""
    return cv2.resize(values, (size, size), interpolation=cv2.INTER_LINEAR)


def _contrast(small: np.ndarray, hair: np.ndarray) -> float:
    """Return how strongly strands stand out where colours (S, S, 3) are hair."""
    shown = hair > 0.5
    if not shown.any():
        return STRANDS[0]
    grey = small.mean(-1) + 4
    fine = grey / cv2.GaussianBlur(grey, (0, 0), 3) - 1
    return float(np.clip(1.5 * np.median(np.abs(fine[shown])), *STRANDS))


def _grain(texture: np.ndarray) -> float:
    """Return the standard deviation of what is finest in the face of a texture (T, T, 3)."""
    rows = slice(*(int(share * len(texture)) for share in GRAIN_BAND))
    columns = slice(len(texture) // 3, 2 * len(texture) // 3)
    band = cv2.cvtColor(texture[rows, columns], cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = band - cv2.GaussianBlur(band, (0, 0), 3 * GRAIN_SIZE)
    return float(np.median(np.abs(fine)))


def _continued(colours: np.ndarray, weights: np.ndarray, tone: np.ndarray, pull: float) -> np.ndarray:
    """Return the texture's frame (FILL, FILL, 3) float32 as the chart's colours (S, S, 3) go on where weights are 0:
    near by as they are, farther off in the tone (3,)."""
    weight = placed(weights, FILL)
    total = weight + pull
    mean = (placed(colours * weights[..., None], FILL) + pull * np.float32(tone)) / total[..., None]
    return push_pull(mean, total)
