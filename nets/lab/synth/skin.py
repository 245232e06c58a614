# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural skin in the UV chart: tone, spots, freckles, moles, wrinkles, lips, stubble, make-up."""

from dataclasses import dataclass

import cv2
import numpy as np

from nets.lab.face_chart import FaceChart
from nets.lab.synth.noise import NoiseBank
from nets.topology.face_model import FaceModel

SIZE = 288  # texels along each side of the painted chart
MIDDLE = 30  # texels over which a fold on the right half becomes the one on the left half
# Forehead skin from very light to very dark, sRGB.
TONES = np.array(
    [
        (246, 218, 204),
        (236, 198, 178),
        (224, 178, 154),
        (204, 154, 126),
        (170, 122, 94),
        (124, 86, 66),
        (84, 58, 47),
        (58, 42, 36),
    ]
)
HAIR_COLOURS = np.array(
    [
        (30, 25, 23),
        (52, 38, 31),
        (84, 62, 47),
        (122, 94, 70),
        (172, 142, 104),
        (136, 76, 48),
        (150, 147, 143),
        (205, 202, 197),
    ]
)
HAIR_ODDS = np.array([0.3, 0.2, 0.15, 0.1, 0.08, 0.05, 0.08, 0.04])


@dataclass(frozen=True)
class Skin:
    """The skin of one face, in the chart; row 0 is at v = 1.

    albedo: (SIZE, SIZE, 3) float32, linear RGB
    gloss: (SIZE, SIZE) float32, strength of the highlight
    tone, hair_colour: (3,) float32, linear RGB
    """

    albedo: np.ndarray
    gloss: np.ndarray
    tone: np.ndarray
    hair_colour: np.ndarray


def linear(srgb: np.ndarray) -> np.ndarray:
    """Convert sRGB values in [0, 255] to linear light (…, 3) float32 in [0, 1], by a power of 2.2."""
    return (np.clip(np.asarray(srgb, np.float32) / 255, 0, 1) ** 2.2).astype(np.float32)


class SkinPainter:
    """Paints skins; the regions of the chart are found once, from the landmarks."""

    def __init__(self, model: FaceModel, chart: FaceChart):
        points = chart.vertex_uv[model.landmarks68] * (SIZE, -SIZE) + (0, SIZE)
        self._noise = NoiseBank(SIZE)
        eyes = [points[36:42], points[42:48]]
        self._rims = [np.concatenate([p.upper, p.lower[::-1]]) for p in chart.patches if p.eyeball is not None]
        self._rims = [chart.vertex_uv[rim] * (SIZE, -SIZE) + (0, SIZE) for rim in self._rims]
        self._lips = _region([points[48:60]], 2)
        self._inner_mouth = _region([points[60:68]], 2.5)
        self._cheeks = _region(
            [_disc(points[[1, 41, 31, 48]].mean(0), 26), _disc(points[[15, 46, 35, 54]].mean(0), 26)], 16
        )
        self._nose = _region([_disc(points[30], 20)], 10)
        self._sockets = _region([_grow(eye, 1.6) for eye in eyes], 6)
        self._lids = _region([_grow(eye, 1.35) - (0, 5) for eye in eyes], 4)
        self._bags = _region([_grow(eye, 1.1) + (0, 15) for eye in eyes], 5)
        chin, lip = points[8], points[57]
        neck = np.stack([points[4] + (0, 40), chin + (0, 60), points[12] + (0, 40)])
        beard = np.concatenate([points[2:5], neck, points[12:15], points[[54, 35, 33, 31, 48]]])
        moustache = points[[48, 31, 33, 35, 54, 53, 51, 49]]
        goatee = np.stack([points[48], points[54], points[10], chin + (0, 20), points[6]])
        hairless = (1 - self._lips) * (1 - self._inner_mouth)
        self._beards = [_region([beard], 9) * hairless, _region([moustache], 3) * hairless]
        self._beards.append(np.maximum(self._beards[1], _region([goatee], 6) * hairless))
        self._furrows = [
            _strokes([points[[31, 48]] + ((-9, -6), (-12, 10)), points[[35, 54]] + ((9, -6), (12, 10))], 2),
            _strokes([points[19:25] - (0, dy) for dy in (22, 32, 43)], 1.5),
            _strokes([points[[21, 27]] + ((3, 0), (-4, -3)), points[[22, 27]] + ((-3, 0), (4, -3))], 1.5),
            _strokes([np.stack([lip + (-25, 14), lip + (0, 11), lip + (25, 14)])], 2),
            _strokes(
                [
                    np.stack([eye[k], eye[k] + (s * 22, d)])
                    for eye, k, s in ((eyes[0], 0, -1), (eyes[1], 3, 1))
                    for d in (-9, 0, 10)
                ],
                1.2,
            ),
        ]
        # The person's left half, blended over the middle of the face.
        self._left = np.clip((np.arange(SIZE, dtype=np.float32) - points[27, 0]) / MIDDLE + 0.5, 0, 1)
        rim = np.zeros((SIZE, SIZE), np.float32)
        cv2.fillPoly(rim, [_fixed(_convex(chart.vertex_uv * (SIZE, -SIZE) + (0, SIZE)))], 1.0, cv2.LINE_AA, 4)
        rim[[0, -1]] = rim[:, [0, -1]] = 0
        inside = np.clip(cv2.distanceTransform((rim > 0.5).astype(np.uint8), cv2.DIST_L2, 3) / 26, 0, 1)
        self._inside = (inside * inside * (3 - 2 * inside)).astype(np.float32)

    def paint(self, rng: np.random.Generator, creases: np.ndarray) -> Skin:
        """Paint a skin.

        creases: (2, 5), how far an expression folds the skin of the person's right and left half from nose to mouth,
            on the forehead, between the brows, below the lips and at the outer eye corners, in [0, 1]
        """
        place = rng.uniform(0, len(TONES) - 1) if rng.random() < 0.6 else rng.uniform(0, 3.5)
        low = int(min(place, len(TONES) - 2))
        tone = TONES[low] + (place - low) * (TONES[low + 1] - TONES[low]) + rng.normal(0, 6) + rng.normal(0, 3, 3)
        tone = tone.mean() + (tone - tone.mean()) * rng.uniform(0.9, 1.35)
        darkness = place / (len(TONES) - 1)
        hair_odds = HAIR_ODDS if darkness < 0.4 else HAIR_ODDS * (1, 1, 0.6, 0.2, 0.05, 0.05, 0.7, 0.3)
        hair = HAIR_COLOURS[rng.choice(len(HAIR_COLOURS), p=hair_odds / hair_odds.sum())] * rng.uniform(0.75, 1.25)
        if rng.random() < 0.02:
            hair = rng.uniform(20, 200, 3)
        tone_linear, hair_linear = linear(tone), linear(hair)
        field = 1 + rng.uniform(0.01, 0.06) * self._noise.field(rng, 3, 12)
        rough = rng.beta(1.2, 3)
        field += 0.07 * rough * self._noise.field(rng, 40, 320, 0.9)
        age = rng.beta(1, 2.2)
        strokes = 0.0
        for furrow, crease in zip(self._furrows, np.transpose(creases), strict=True):
            depth = age * rng.uniform(0, 0.4) + crease * rng.uniform(0.1, 0.45) * (0.35 + 0.65 * age)
            right, left = np.minimum(depth, 0.6)
            strokes = strokes + (right + (left - right) * self._left) * furrow
        field *= 1 - np.minimum(strokes, 0.7)
        red = rng.uniform(0, 0.5) * (self._cheeks + 0.7 * self._nose) * (1 + 0.3 * self._noise.field(rng, 6, 24))
        warm = rng.uniform(0, 0.3) * self._sockets + rng.uniform(0, 0.4) * rng.random() * self._bags
        albedo = np.empty((SIZE, SIZE, 3), np.float32)
        spots = 0.0
        if rng.random() < 0.3:
            spots = np.clip(self._noise.field(rng, 60, 240, 1.0) - rng.uniform(1.0, 2.2), 0, 1) * rng.uniform(
                0.15, 0.55
            )
        field, red = 1 + (field - 1) * self._inside, np.clip(red, 0, 1)
        for k, (blush, shadow, freckle) in enumerate(((0.05, 0.6, 0.5), (0.35, 0.9, 0.8), (0.3, 0.8, 1.0))):
            albedo[..., k] = tone_linear[k] * field * (1 - red * blush) * (1 - warm * shadow) * (1 - spots * freckle)
        self._paint_moles(rng, albedo)
        gloss = rng.uniform(0.3, 1.0) * (0.5 + 0.5 * self._nose + 0.35 * self._cheeks)
        gloss = gloss * np.clip(1 + 0.3 * self._noise.field(rng, 20, 160), 0.2, 2)

        self._paint_mouth(rng, albedo, gloss, tone_linear)
        self._paint_eye_make_up(rng, albedo)
        self._paint_stubble(rng, albedo, hair_linear)
        return Skin(np.clip(albedo, 0.002, 1), gloss.astype(np.float32), tone_linear, hair_linear)

    def _paint_moles(self, rng, albedo) -> None:
        for _ in range(rng.poisson(1.2)):
            mole = np.zeros((SIZE, SIZE), np.float32)
            x, y = rng.uniform(0.2, 0.8, 2) * SIZE
            cv2.circle(
                mole,
                (int(x * 16), int(y * 16)),
                int(16 * rng.uniform(0.6, 2)),
                rng.uniform(0.3, 0.8),
                -1,
                cv2.LINE_AA,
                4,
            )
            x0, y0 = int(x) - 4, int(y) - 4
            window = np.s_[y0 : y0 + 9, x0 : x0 + 9]
            albedo[window] *= 1 - mole[window][..., None] * np.float32([0.6, 0.8, 0.85])

    def _paint_mouth(self, rng, albedo, gloss, tone) -> None:
        lips = tone * rng.uniform((0.75, 0.5, 0.5), (1.0, 0.75, 0.8))
        strength = rng.uniform(0.4, 1)
        if rng.random() < 0.2:
            lips = linear(np.array([rng.uniform(90, 220), rng.uniform(10, 90), rng.uniform(30, 110)]))
            strength = rng.uniform(0.6, 1)
            gloss += self._lips * rng.uniform(0, 1.5)
        texture = (1 + 0.12 * self._noise.field(rng, 60, 120))[..., None]
        _blend(albedo, lips * texture, self._lips * strength)
        _blend(albedo, tone * np.array([0.45, 0.18, 0.17], np.float32), self._inner_mouth * 0.85)

    def _paint_eye_make_up(self, rng, albedo) -> None:
        if rng.random() < 0.2:
            _blend(albedo, linear(rng.uniform(20, 200, 3)), self._lids * rng.uniform(0.1, 0.6))
        lashes = np.zeros((SIZE, SIZE), np.float32)
        thickness = 1 if rng.random() < 0.85 else 2
        for rim in self._rims:
            cv2.polylines(lashes, [_fixed(rim[: len(rim) // 2])], False, 1.0, thickness, cv2.LINE_AA, 4)
            if rng.random() < 0.5:
                cv2.polylines(lashes, [_fixed(rim)], True, 0.6, 1, cv2.LINE_AA, 4)
        _blend(albedo, np.float32([0.02, 0.015, 0.012]), lashes * rng.uniform(0.1, 0.9))

    def _paint_stubble(self, rng, albedo, hair) -> None:
        if rng.random() > 0.4:
            return
        area = self._beards[rng.choice(3, p=[0.7, 0.15, 0.15])]
        density = rng.uniform(0.05, 0.65)
        strands = np.clip(0.75 + 0.35 * self._noise.field(rng, 80, 320, 1.0), 0, 1)
        patches = np.clip(1 + 0.3 * self._noise.field(rng, 5, 20), 0, 1)
        _blend(albedo, hair * rng.uniform(0.8, 1.6), area * density * strands * patches)


def _blend(albedo: np.ndarray, colour: np.ndarray, alpha: np.ndarray) -> None:
    """Blend a colour, (3,) or (SIZE, SIZE, 3), into the albedo in place, where alpha (SIZE, SIZE) is above zero."""
    x, y, width, height = cv2.boundingRect((alpha > 0.004).astype(np.uint8))
    window = np.s_[y : y + height, x : x + width]
    colour = colour[window] if np.ndim(colour) == 3 else colour
    albedo[window] += (colour - albedo[window]) * alpha[window][..., None].astype(np.float32)


def _fixed(points: np.ndarray) -> np.ndarray:
    """Convert points (N, 2) to OpenCV's fixed point with four fractional bits."""
    return np.round(np.asarray(points) * 16).astype(np.int32)


def _region(polygons: list[np.ndarray], blur: float) -> np.ndarray:
    """Fill polygons (N, 2) with 1, with blurred edges: (SIZE, SIZE) float32."""
    mask = np.zeros((SIZE, SIZE), np.float32)
    for polygon in polygons:
        cv2.fillPoly(mask, [_fixed(polygon)], 1.0, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask, (0, 0), blur)


def _strokes(lines: list[np.ndarray], blur: float) -> np.ndarray:
    """Draw blurred lines (N, 2) of value 1: (SIZE, SIZE) float32."""
    mask = np.zeros((SIZE, SIZE), np.float32)
    cv2.polylines(mask, [_fixed(line) for line in lines], False, 1.0, 2, cv2.LINE_AA, 4)
    return cv2.GaussianBlur(mask, (0, 0), blur)


def _disc(centre: np.ndarray, radius: float) -> np.ndarray:
    angle = np.linspace(0, 2 * np.pi, 24, endpoint=False)
    return centre + radius * np.stack([np.cos(angle), np.sin(angle)], 1)


def _grow(polygon: np.ndarray, factor: float) -> np.ndarray:
    return polygon.mean(0) + (polygon - polygon.mean(0)) * factor


def _convex(points: np.ndarray) -> np.ndarray:
    return cv2.convexHull(points.astype(np.float32))[:, 0]
