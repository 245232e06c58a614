# SPDX-License-Identifier: GPL-3.0-or-later
"""Which texels of a capture's texture show skin, which hair, and which clothes: by colour, next to the face's own."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nets.geometry.inpainting import push_pull
from nets.geometry.uv_layout import UVLayout
from nets.geometry.visibility import smoothstep

# Of the logarithm of colours, differences in hue and in brightness that skin does not have:
CHROMA, BRIGHTER = 0.19, 0.15  # outside the face
CHIN_DARKER, DARKER = 0.75, 0.5  # the chin's shadow lies on the neck, and elsewhere outside the face
EAR_BRIGHTER, EAR_CHROMA = 0.4, 0.3  # ears: they are red
UPPER_CHROMA, UPPER_DARKER = 0.2, 0.42  # above the face, where lights lie on bald foreheads
HAIR_ROWS = 0.25  # of the chart: where hair may be
BESIDE = 0.55  # of the chart's half width from its middle: beside the cheeks, where locks hang
BELOW_EARS = 0.56  # row of the chart from which hair is taken off the skin outside the face
LEAST_HAIR = 0.2  # share of the chart's upper border that must differ from skin to be hair
HAIR_RANKS = 0.3, 0.7  # of the hair's texels by brightness that its colour is taken from
HAIR_LIKE = 0.5  # of what tells skin from others, from which a texel of the upper border is taken for hair
MIN_HAIR = 300  # texels of the upper border that must differ from skin for its colour to be taken from them alone
BROW, BROW_RANKS = 7, (0.2, 0.5)  # texels round the brows' landmarks, and their ranks by brightness that are hair
UNNATURAL = 0.1  # of a colour's brightest channel, by which blue or green exceeds red in no hair but in caps and hoods
COLD = 14.0  # sRGB, the least that it exceeds red by: black hair reflects what is around
CAP_SHARE = 0.3  # of the upper border that must have such a colour
VIVID = 0.86, 130.0  # least saturation and brightest channel, sRGB, of reds that no hair has
SKIN_LIKE = 0.4  # of what tells skin from others: beside the face, skin goes on only as texels do that are so near it
FACE_CHROMA, FACE_BRIGHTNESS = 0.35, 1.1  # the same, that texels of the face may differ from its middle
HAIR_CONTRAST = 2.0  # or how much more contrast it must have than the face: hair may have the skin's colour
FAR = 0.6  # rank by distance from the skin, from which texels tell the hair's colour
HAIR_SPREAD = 1.1  # of the logarithm of colours: how much a person's hair differs from its middle colour
UNDER_EDGE = 15  # texels across, of what is seen under the jaw, whose edges are left out: chin, shadow, background
MIN_BORDER = 50  # texels of the upper border that must be seen
PADDING, PADDING_FADES = (2.5, 9), 31  # sRGB up to which all channels of so many texels around are where a photo shows
# nothing: black bars; and across how many texels they were spread
STRANGE_BLUR = 4.0  # texels: a neighbourhood of what covers the forehead, which is hair's or another thing's
WHITE, WHITE_SHARE = 0.25, 0.6  # logarithm of the brightness over the skin's, and the share of the upper border beyond
# which this is hair or a cap, for the lights of a bald head are smaller
COVERED, BARE = 0.5, 0.85  # probability of plain view up to which texels are covered, and from which they are not
BELOW_JAW, NECK = 0.03, (0.05, 0.15)  # of the chart, below the landmarks of the jaw: where clothes may begin, and
# where the photo gives way to plain skin in any case: there hang shadows, collars and chains


@dataclass(frozen=True)
class SkinColours:
    """What a texture in the layout shows, by texel (S, S) float32 in [0, 1], and typical colours (3,), sRGB."""

    skin: np.ndarray
    hair: np.ndarray  # above the face and beside it
    kept: np.ndarray  # what of the photo stays: all but clothes
    tone: np.ndarray  # of the face
    hair_tone: np.ndarray
    has_hair: bool  # above the forehead; without it hair may still grow at the sides
    overgrown: np.ndarray  # (S, S) in [0, 1], where hair lies above the face, seen or not


class SkinColourFinder:
    """Tells skin, hair and clothes apart in any number of textures of one layout."""

    def __init__(self, layout: UVLayout, face: np.ndarray):
        """face: (S, S) bool, texels of the face; those above the jaw are always its own."""
        size = len(layout.mask)
        rows, columns = np.mgrid[:size, :size] / size
        jaw = layout.feature_texels[:17].astype(float)
        order = np.argsort(jaw[:, 1])
        under = rows - np.interp(np.arange(size), jaw[order, 1], jaw[order, 0]) / size
        self._below = under > BELOW_JAW
        self._face = face = face & ~self._below
        self._chin = self._below & (columns * size > jaw[5, 1]) & (columns * size < jaw[11, 1])
        self._upper = (rows < HAIR_ROWS) & layout.mask & ~face
        self._above = cv2.GaussianBlur(np.float32((rows < HAIR_ROWS) & ~face), (0, 0), 3)
        aside = np.abs(2 * columns - 1)
        self._border = (rows < 1 / 16) & (aside < 0.75) & layout.mask & ~face
        self._neck = smoothstep((under - NECK[0]) / (NECK[1] - NECK[0]))
        eyes, chin = layout.feature_texels[36:48, 0].max(), layout.feature_texels[8, 0]
        self._above_cheeks = cv2.GaussianBlur(np.float32(rows * size <= eyes), (0, 0), 3)
        self._hanging = (rows > BELOW_EARS) & ~face
        self._ears = (rows > HAIR_ROWS) & (rows <= BELOW_EARS) & ~face
        self._below_brows = face & (rows * size > layout.feature_texels[17:27, 0].min())  # above, hair may cover it
        brows = layout.feature_texels[17:27]
        self._forehead = layout.mask & (rows * size < brows[:, 0].min())
        self._beside = layout.mask & (rows > HAIR_ROWS) & (rows < BELOW_EARS) & (aside > BESIDE)
        self._under_caps = layout.mask & (rows <= BELOW_EARS)  # by a cap that is drawn down to the ears
        at_brows = np.zeros((size, size), np.uint8)
        for brow in np.split(np.int32(brows[:, ::-1]), 2):
            cv2.polylines(at_brows, [brow], False, 1, BROW)
        self._brows = at_brows > 0
        self._middle = face & (rows * size > eyes) & (rows * size < chin)

    def find(self, colours: np.ndarray, known: np.ndarray, covered: np.ndarray | None = None) -> SkinColours:
        """Classify colours (S, S, 3) float32, sRGB, of which only the known ones (S, S), in [0, 1], come from the
        photo.

        covered: (S, S) in [0, 1], where the photo shows what lies over the skin, such as hair or a hand; None: that is
            not known
        """
        covered = np.zeros_like(known) if covered is None else covered
        shown = known
        known = known * (1 - covered * (1 - self._above_cheeks))  # below the eyes nothing that covers is the head's
        covered = covered * known
        inside = cv2.GaussianBlur(cv2.erode(np.float32(known), np.ones((UNDER_EDGE, UNDER_EDGE))), (0, 0), 2)
        known = np.where(self._below, inside, known)
        tone = np.log(cv2.GaussianBlur(colours, (0, 0), 1.5) + 8)
        middle = _middle(tone, self._middle)
        own = np.hypot(*_differences(tone, middle, FACE_BRIGHTNESS, FACE_CHROMA)) < 1  # neither hair nor a deep shadow
        own &= covered < 0.5
        near = push_pull(tone, self._below_brows * known * own)
        darker = np.where(self._chin, CHIN_DARKER, DARKER)
        apart = np.maximum(_apart(tone, near, darker, CHROMA), (tone - near).mean(-1) / BRIGHTER)
        apart = np.where(self._upper, _apart(np.minimum(tone, near), near, UPPER_DARKER, UPPER_CHROMA), apart)
        beard = push_pull(tone, self._face * known)
        apart = np.where(self._chin, np.minimum(apart, _apart(tone, beard, BRIGHTER, CHROMA)), apart)
        foreign = np.where(self._face, 0, smoothstep(2 * (apart - 0.75)))
        fringe = covered * self._forehead
        foreign, apart = np.maximum(foreign, fringe), np.maximum(apart, fringe)

        clothes = (foreign > 0.35) & self._below
        clothes = cv2.morphologyEx(clothes.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
        bare = 1 - np.maximum.accumulate(cv2.dilate(clothes, np.ones((7, 7), np.uint8)), 0)  # nothing below a collar
        bare = cv2.GaussianBlur(bare.astype(np.float32), (0, 0), 2) * (1 - self._neck)

        spread = cv2.dilate(np.float32(foreign), np.ones((5, 5), np.uint8))  # its edges are blurred
        light = _apart(np.maximum(tone, near), near, EAR_BRIGHTER, EAR_CHROMA)  # a background's, at the ears' edges
        known = known * (1 - self._ears * cv2.GaussianBlur(smoothstep(2 * (light - 0.75)), (0, 0), 1))
        kept = known * bare * (1 - cv2.GaussianBlur(spread * self._hanging, (0, 0), 1))
        unlike = cv2.dilate(np.float32(smoothstep(2 * (apart - SKIN_LIKE))), np.ones((5, 5), np.uint8))
        skin = kept * (1 - np.where(self._face, 0, unlike)) * (1 - cv2.dilate(covered, np.ones((5, 5), np.uint8)))

        skin_tone = np.exp(middle) - 8
        locks = self._beside & (shown > 0.5) & ~own & ~_no_hairs(colours, skin_tone)
        beside = (locks, *HAIR_RANKS) if locks.sum() >= MIN_HAIR else (self._brows, *BROW_RANKS)
        tones = skin_tone, np.exp(_middle(np.log(colours + 8), *beside)) - 8
        border = self._border & (known > 0.5)
        if border.sum() < MIN_BORDER:  # nothing is seen of it, but most people have hair
            return SkinColours(skin, 0 * skin, kept, *tones, True, 0 * skin)
        if _no_hairs(colours[border], skin_tone).mean() > CAP_SHARE:
            cap = (self._forehead & (unlike > 0.5)) | (covered > 0.5)
            cap = np.float32(cap | (self._under_caps & _no_hairs(colours, skin_tone)))
            bare = 1 - cv2.GaussianBlur(cv2.dilate(cap, np.ones((13, 13), np.uint8)), (0, 0), 2)
            return SkinColours(skin * bare, 0 * skin, kept * bare, *tones, True, 0 * skin)
        white = ((tone - near).mean(-1) > WHITE) & border
        if white.sum() > WHITE_SHARE * border.sum():
            foreign, apart = np.maximum(foreign, white), np.maximum(apart, white)
        has_hair = foreign[border].mean() > LEAST_HAIR or self._contrast(colours, border) > HAIR_CONTRAST
        sure = (border if has_hair else self._upper & (known > 0.5)) & (apart > HAIR_LIKE)
        if sure.sum() < MIN_HAIR:
            if not has_hair:
                return SkinColours(skin, 0 * skin, kept, *tones, False, 0 * skin)
            sure = border
        from_skin = cv2.distanceTransform(np.uint8((foreign > HAIR_LIKE) | (known < 0.5)), cv2.DIST_L2, 3)
        far = sure & (from_skin >= np.quantile(from_skin[sure], FAR))  # nearer to it hair is mixed with skin
        hair_log = _middle(tone, far, *HAIR_RANKS)
        alike = smoothstep(2 - np.abs(tone - hair_log).max(-1) / HAIR_SPREAD)
        upper = self._upper | (fringe > 0.5)
        hair = known * upper * np.maximum(foreign, sure) * alike
        strange = smoothstep(2 * cv2.GaussianBlur(1 - alike, (0, 0), STRANGE_BLUR) - 0.5)  # single strands may shine
        kept = kept * (1 - covered * strange)
        if not has_hair:
            skin = skin * (1 - _outwards(hair) * self._upper)
        around = push_pull(np.float32(foreign * alike)[..., None], known * (self._upper | self._forehead))[..., 0]
        overgrown = smoothstep((around - 0.3) / 0.4) * self._above
        return SkinColours(skin, hair, kept, skin_tone, np.exp(hair_log) - 8, bool(has_hair), overgrown)

    def _contrast(self, colours: np.ndarray, border: np.ndarray) -> float:
        """Return the contrast of fine detail at the border (S, S) bool, relative to the middle of the face."""
        grey = colours.mean(-1) + 8
        fine = np.abs(grey / cv2.GaussianBlur(grey, (0, 0), 2) - 1)
        return float(np.median(fine[border]) / max(np.median(fine[self._middle]), 1e-3))


def shown_on_either_side(seen: np.ndarray, size: int) -> np.ndarray:
    """Return where a texture's mask (T, T) uint8 or its mirror image says that the photo shows the texel, (size, size)
    float32 in [0, 1], smooth."""
    either = cv2.resize(np.maximum(seen, seen[:, ::-1]) * 255, (size, size))
    return smoothstep(2 * (cv2.GaussianBlur(either, (0, 0), 2) / np.float32(255)) - 0.5)


def covered_where_shown(in_view: np.ndarray, seen: np.ndarray, size: int) -> np.ndarray:
    """Return where the photo, in the place of a texel or of its mirror image, shows what lies over the face, (size,
    size) float32 in [0, 1]. in_view, seen: as in Sighting"""
    in_view = cv2.resize(in_view, (size, size), interpolation=cv2.INTER_LINEAR)
    own = cv2.resize(seen, (size, size), interpolation=cv2.INTER_AREA) > 0
    covered = smoothstep((BARE - in_view) / (BARE - COVERED))
    either = np.where(own[:, ::-1], covered[:, ::-1], np.minimum(covered, covered[:, ::-1]))
    return np.where(own, covered, either).astype(np.float32)


def _apart(tone: np.ndarray, other: np.ndarray, brightness: float | np.ndarray, chroma: float) -> np.ndarray:
    """Return how far logarithms of colours (S, S, 3) are from others, (S, S), 1 where either limit is reached."""
    return np.maximum(*_differences(tone, other, brightness, chroma))


def _differences(
    tone: np.ndarray, other: np.ndarray, brightness: float | np.ndarray, chroma: float
) -> tuple[np.ndarray, np.ndarray]:
    """Return how far logarithms of colours (S, S, 3) are from others in brightness and in hue, (S, S) each, relative to
    the limits."""
    difference = tone - other
    lighter = difference.mean(-1)
    return np.abs(lighter) / brightness, np.abs(difference - lighter[..., None]).max(-1) / chroma


def _outwards(hair: np.ndarray) -> np.ndarray:
    """Return where hair (S, S) in [0, 1] lies, or lies nearer to the middle column: beyond it is no skin again."""
    right = hair.shape[1] // 2
    sides = hair[:, right - 1 :: -1], hair[:, right:]
    left, right = (np.maximum.accumulate(side, 1) for side in sides)
    return np.concatenate([left[:, ::-1], right], 1)


def _no_hairs(colours: np.ndarray, skin: np.ndarray) -> np.ndarray:
    """Return which colours (..., 3), sRGB, are so blue or green next to the skin's (3,), or so vivid, that they are no
    hair's."""

    brightest, cold = np.maximum(colours.max(-1), 1), colours[..., 1:].max(-1) - colours[..., 0]
    vivid = (1 - colours.min(-1) / brightest > VIVID[0]) & (brightest > VIVID[1])
    least = UNNATURAL + max(float(skin[1:].max() - skin[0]) / float(skin.max()), 0)  # in cold light all are colder
    return vivid | ((cold > least * brightest) & (cold > COLD))


def padding(colours: np.ndarray) -> np.ndarray:
    """Return where colours (S, S, 3) are the black of bars beside a photo, (S, S) float32 in [0, 1]."""
    level, size = PADDING
    lightest = cv2.dilate(np.float32(colours.max(-1)), np.ones((size, size), np.uint8))
    return cv2.dilate(np.float32(lightest < level), np.ones((PADDING_FADES, PADDING_FADES), np.uint8))


def _middle(values: np.ndarray, chosen: np.ndarray, low: float = 0.4, high: float = 0.7) -> np.ndarray:
    """Return the mean (3,) of the chosen values whose rank by brightness lies from low to high."""
    values = values[chosen]
    rank = np.argsort(values.mean(1))
    return values[rank[int(low * len(rank)) : int(high * len(rank)) + 1]].mean(0)
