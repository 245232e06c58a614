# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural heads of animals: cats, dogs, monkeys, cattle, birds and mixtures of them. The detector must not take them
for human faces, although they have two eyes, a nose and a mouth too."""

from dataclasses import dataclass

import cv2
import numpy as np

from nets.lab.detection_training.bank import CUT_OUT, SIZE
from nets.lab.synth.noise import octaves

REACH = 1.75  # half of a picture's side in units of the head's half height
FACE_SHARE = 0.38  # of a picture's side, what corresponds to the square round a human face's landmarks
COATS = np.float32(
    [[235, 230, 220], [200, 160, 110], [150, 95, 50], [95, 60, 40], [45, 38, 35], [120, 115, 110], [215, 185, 150]]
)
BARE = np.float32([[215, 165, 140], [150, 105, 85], [70, 55, 50], [40, 36, 36], [190, 120, 110]])
BEAKS = (230, 160, 40), (60, 55, 50), (210, 200, 170)
IRISES = ((190, 150, 40), (110, 150, 60), (90, 55, 25), (30, 22, 18), (20, 20, 20), (90, 130, 170))


@dataclass(frozen=True)
class Build:
    """What a kind of animal looks like. Lengths are in units of the head's half height; pairs are low and high."""

    width: tuple[float, float]
    eyes: tuple[float, float]  # distance of an eye from the middle
    eye_size: tuple[float, float]
    muzzle: tuple[float, float]  # half width
    muzzle_length: tuple[float, float]  # half height
    ears: tuple[str, ...]
    bare: float  # probability of skin round the eyes and on the muzzle
    beak: bool = False


KINDS = {
    "cat": Build((0.95, 1.25), (0.35, 0.5), (0.14, 0.24), (0.26, 0.4), (0.18, 0.26), ("pointed",), 0.0),
    "dog": Build((0.7, 1.0), (0.3, 0.45), (0.08, 0.15), (0.25, 0.45), (0.3, 0.55), ("pointed", "hanging"), 0.05),
    "monkey": Build((0.8, 1.1), (0.2, 0.34), (0.08, 0.16), (0.3, 0.5), (0.25, 0.42), ("round", "none"), 0.9),
    "bear": Build((0.9, 1.2), (0.3, 0.45), (0.05, 0.12), (0.3, 0.45), (0.25, 0.4), ("round",), 0.0),
    "cattle": Build((0.5, 0.7), (0.35, 0.5), (0.06, 0.12), (0.28, 0.42), (0.3, 0.5), ("aside", "pointed"), 0.2),
    "bird": Build((0.8, 1.1), (0.3, 0.6), (0.1, 0.35), (0.1, 0.2), (0.15, 0.4), ("none", "pointed"), 0.1, beak=True),
}


def animal_head(rng: np.random.Generator) -> np.ndarray:
    """A head with some of the neck, seen from the front or half from the side, as one cut-out ()."""
    cut_out = np.zeros((), CUT_OUT)
    cut_out["image"], cut_out["centre"], cut_out["side"] = Painter(rng).paint(), (SIZE - 1) / 2, FACE_SHARE * SIZE
    return cut_out


class Painter:
    """One animal in the making. Places are (x, y) in units of the head's half height, from the head's middle."""

    def __init__(self, rng: np.random.Generator):
        self._rng, self._build = rng, KINDS[str(rng.choice(list(KINDS)))]
        build = self._build
        self._width = rng.uniform(*build.width)
        self._turn = rng.normal(0, 0.35) if rng.random() < 0.7 else rng.uniform(-1, 1)
        self._eyes, self._eye_size = rng.uniform(*build.eyes) * self._width, rng.uniform(*build.eye_size)
        self._eye_height = rng.uniform(-0.35, 0.0)
        self._iris = IRISES[rng.integers(len(IRISES))]
        self._pupil = rng.uniform(0.25, 0.9) if rng.random() < 0.4 else rng.uniform(0.4, 0.8)
        self._muzzle = np.array([rng.uniform(*build.muzzle), rng.uniform(*build.muzzle_length)])
        self._muzzle_at = self._seen(0, self._eye_height + rng.uniform(0.35, 0.6), depth=1.3)
        self._picture = np.zeros((SIZE, SIZE, 3), np.float32)
        self._opacity = np.zeros((SIZE, SIZE), np.float32)

    def paint(self) -> np.ndarray:
        """The picture (SIZE, SIZE, 4) u1, RGB and opacity."""
        rng = self._rng
        coat = self._coat()
        self._outline()
        self._picture[:] = coat
        if rng.random() < self._build.bare:
            self._bare_skin()
        if not self._build.beak and rng.random() < 0.7:
            shade = COATS[rng.integers(len(COATS))] if rng.random() < 0.5 else coat.mean((0, 1)) * rng.uniform(0.6, 1.4)
            self._tinted(self._disc(self._muzzle_at, self._muzzle), shade, 0.8)
        self._picture *= self._light()[..., None]
        for sign in (-1, 1):
            self._eye(sign)
        (self._beak if self._build.beak else self._nose_and_mouth)()
        picture = np.clip(self._picture, 0, 255)
        return np.dstack([picture, np.clip(self._opacity, 0, 1) * 255]).astype(np.uint8)

    def _seen(self, x: float, y: float, depth: float = 1.0) -> np.ndarray:
        """Where a place of the head's front lies in the picture when the head is turned."""
        return np.array([x * np.cos(self._turn) + depth * 0.7 * self._width * np.sin(self._turn), y])

    def _coat(self) -> np.ndarray:
        """Fur or feathers (S, S, 3) f4: strokes that run away from the nose, with markings alike on both sides."""
        rng = self._rng
        first, second = COATS[rng.integers(len(COATS), size=2)] * rng.uniform(0.7, 1.15, (2, 1)).astype(np.float32)
        field = octaves(rng, SIZE, 3, 12, 0.7)
        if rng.random() < 0.75:
            field = field + field[:, ::-1]
        edge, softness = rng.normal(0, 0.9), rng.uniform(0.05, 0.6)
        share = 1 / (1 + np.exp(-(field - edge) / softness))[..., None]
        stripes = np.float32(rng.standard_normal((int(rng.integers(60, 160)), int(rng.integers(8, 30)))))
        stripes = cv2.resize(stripes, (SIZE, 2 * SIZE), interpolation=cv2.INTER_CUBIC)
        middle = tuple(((self._muzzle_at / REACH + 1) * SIZE / 2).tolist())
        strokes = cv2.warpPolar(stripes, (SIZE, SIZE), middle, SIZE, cv2.WARP_INVERSE_MAP)
        return (first + (second - first) * share) * (1 + rng.uniform(0.05, 0.3) * strokes[..., None])

    def _outline(self) -> None:
        rng, width = self._rng, self._width
        if rng.random() < 0.8:  # the neck and the body
            axes = np.array([rng.uniform(0.6, 1.5), rng.uniform(0.8, 1.6)])
            self._opacity = np.maximum(self._opacity, self._disc((rng.normal(0, 0.5), 1.2 + rng.uniform(0, 0.5)), axes))
        self._opacity = np.maximum(self._opacity, self._disc((0, 0), (width, 1)))
        self._opacity = np.maximum(self._opacity, self._disc(self._muzzle_at, self._muzzle))
        ears, length = str(rng.choice(self._build.ears)), rng.uniform(0.35, 0.9)
        for sign in (-1, 1):
            root = self._seen(sign * 0.55 * width, -0.65, 0.0)
            if ears == "pointed":
                tip = root + (sign * rng.uniform(-0.1, 0.4), -length)
                self._polygon([root - (0.3, 0), tip, root + (0.35, 0.15)])
            elif ears == "round":
                axes = (0.3 * length + 0.12,) * 2
                self._opacity = np.maximum(self._opacity, self._disc(root + (sign * 0.25, 0.1), axes))
            elif ears == "hanging":
                axes = (rng.uniform(0.18, 0.32), 0.4 + 0.5 * length)
                self._opacity = np.maximum(self._opacity, self._disc(root + (sign * 0.35, 0.6), axes))
            elif ears == "aside":
                self._polygon([root + (0, -0.1), root + (sign * 0.9, 0.1), root + (0, 0.3)])

    def _light(self) -> np.ndarray:
        """Light (S, S) f4 on the head as a rounded shape with a muzzle on it."""
        y, x = np.mgrid[:SIZE, :SIZE].astype(np.float32) / SIZE * (2 * REACH) - REACH
        height = np.sqrt(np.clip(1.6 - (x / self._width) ** 2 - y**2, 0, None))
        (mx, my), (across, down) = self._muzzle_at, self._muzzle * 1.2
        bump = np.clip(1 - ((x - mx) / across) ** 2 - ((y - my) / down) ** 2, 0, None)
        down_slope, across_slope = np.gradient(cv2.GaussianBlur(height + 0.5 * np.sqrt(bump), (0, 0), 2) * SIZE / 4)
        toward = self._rng.normal(0, 0.5, 2) - (0, 0.4)
        facing = (1 - across_slope * toward[0] - down_slope * toward[1]) / np.sqrt(1 + across_slope**2 + down_slope**2)
        return np.clip(0.45 + 0.6 * facing, 0.25, 1.5) * np.float32(self._rng.uniform(0.6, 1.15))

    def _bare_skin(self) -> None:
        rng = self._rng
        mask = self._disc(self._muzzle_at, self._muzzle * 1.15)
        for sign in (-1, 1):
            at = self._seen(sign * self._eyes, self._eye_height + 0.05)
            mask = np.maximum(mask, self._disc(at, rng.uniform(0.2, 0.4, 2)))
        mask = np.maximum(mask, self._disc(self._seen(0, 0.05), (self._eyes, 0.4)))
        self._tinted(cv2.GaussianBlur(mask, (0, 0), 2), BARE[rng.integers(len(BARE))] * rng.uniform(0.7, 1.1), 0.9)

    def _eye(self, sign: int) -> None:
        rng, size = self._rng, self._eye_size
        at = self._seen(sign * self._eyes, self._eye_height)
        if abs(at[0]) > self._width:
            return
        narrow = max(np.cos(self._turn), 0.3)
        self._tinted(self._disc(at, (1.3 * size * narrow, 1.3 * size)), (25, 18, 16), rng.uniform(0.3, 1))
        self._tinted(self._disc(at, (size * narrow, size)), self._iris, 1)
        self._tinted(self._disc(at, (size * self._pupil * narrow, size * 0.8)), (8, 8, 8), 1)
        if rng.random() < 0.7:
            self._tinted(self._disc(at + size * np.array([0.25, -0.35]), (0.25 * size,) * 2), (250, 250, 250), 0.9)

    def _nose_and_mouth(self) -> None:
        rng, (across, down) = self._rng, self._muzzle
        dark = np.float32([40, 30, 32]) if rng.random() < 0.8 else np.float32([190, 120, 120])
        nose = self._muzzle_at - (0, down * rng.uniform(0.2, 0.7))
        size = np.array([rng.uniform(0.2, 0.5), rng.uniform(0.12, 0.3)]) * across
        if rng.random() < 0.7:
            self._tinted(self._disc(nose, size), dark, 1)
        for sign in (-1, 1):
            self._tinted(self._disc(nose + (sign * size[0] * 0.5, 0), size * 0.35), (12, 8, 8), 0.9)
        chin = self._muzzle_at + (0, down * rng.uniform(0.1, 0.7))
        corners = [chin + (sign * across * rng.uniform(0.4, 0.9), rng.uniform(-0.12, 0.12)) for sign in (-1, 1)]
        line = np.zeros_like(self._opacity)
        path = np.stack([self._pixels(p) for p in (corners[0], chin, corners[1])])
        cv2.polylines(line, [path], False, 1.0, 2, cv2.LINE_AA)
        cv2.line(line, tuple(self._pixels(nose).tolist()), tuple(path[1].tolist()), 1.0, 1, cv2.LINE_AA)
        self._tinted(line, dark * 0.6, 0.9)
        if rng.random() < 0.2:  # the mouth stands open
            self._tinted(self._disc(chin + (0, 0.15), (across * 0.5, 0.18)), (120, 40, 45), 1)

    def _beak(self) -> None:
        (across, down), tint = self._muzzle, BEAKS[self._rng.integers(len(BEAKS))]
        at = self._muzzle_at - (0, 0.2)
        tip = at + (np.sin(self._turn) * down * 2, down * 1.4)
        mask = np.zeros_like(self._opacity)
        path = np.stack([self._pixels(p) for p in (at - (across, 0.05), at - (0, across), at + (across, -0.05), tip)])
        cv2.fillPoly(mask, [path], 1.0, cv2.LINE_AA)
        self._opacity = np.maximum(self._opacity, mask)
        self._tinted(mask, tint, 1)

    def _tinted(self, mask: np.ndarray, tint, strength: float) -> None:
        """Blends a colour (3,) in where the mask (S, S) is 1."""
        self._picture += (np.float32(tint) - self._picture) * (mask * np.float32(strength))[..., None]

    def _pixels(self, place) -> np.ndarray:
        return np.round((np.asarray(place) / REACH + 1) * SIZE / 2).astype(np.int32)

    def _disc(self, place, axes) -> np.ndarray:
        """1 inside an ellipse, (S, S) f4, with a soft rim."""
        mask, unit = np.zeros((SIZE, SIZE), np.float32), SIZE / 2 / REACH * 16
        at = tuple(int(v) for v in (np.asarray(place) / REACH + 1) * SIZE / 2 * 16)
        half = tuple(max(int(v * unit), 8) for v in axes)
        cv2.ellipse(mask, at, half, 0, 0, 360, 1.0, -1, cv2.LINE_AA, 4)
        return mask

    def _polygon(self, places) -> None:
        path = np.stack([self._pixels(place) for place in places])
        cv2.fillPoly(self._opacity, [path], 1.0, cv2.LINE_AA)
