# SPDX-License-Identifier: GPL-3.0-or-later
"""The texture of an eye, polar round the pupil, in the colours of a capture's irises and whites."""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from nets.geometry.visibility import smoothstep

SIZE = 512  # texels along a side
SCLERA, WHITENESS = (232, 226, 220), 0.6  # sRGB of a sclera without shadow, and its share in the eye's white
DARK, BRIGHT = (0.1, 0.35), (0.7, 0.9)  # ranges of the seen texels, by rank of brightness, that show iris and white
VEINS, VEINS_FROM = (1.0, 0.72, 0.68), 0.22  # the white's tint far from the iris, and the radius at which it begins
LID_SHADE, LID_SHADE_FROM = 0.5, (0.0, 1.1)  # how much darker the eye is under the upper lid, and the heights above
# the pupil, in radii of the iris, between which it darkens


@dataclass(frozen=True)
class EyeColours:
    """What a capture shows of its eyes, sRGB from 0 to 255.

    white: (3,), of the sclera
    iris: (3,), or (R, A, 3) from the pupil's edge outwards and round it, clockwise from the right
    """

    white: np.ndarray
    iris: np.ndarray


class EyeTexture:
    """Draws the eyes of any number of captures; what does not depend on their colours is made once."""

    def __init__(self, iris: float, pupil: float, limbus: float, fibres: float = 0.0):
        """iris, pupil: radii; limbus: width of the iris's dark edge, all shares of the texture's side; fibres: strength
        of the iris's pattern, a share of its brightness."""
        places = (np.arange(SIZE) + 0.5) / SIZE - 0.5
        across, down = np.meshgrid(places, places)
        radius, angle = np.hypot(across, down)[..., None], np.arctan2(down, across)
        rng = np.random.default_rng(0)
        pattern = sum(rng.normal() * np.cos(k * angle + rng.uniform(0, 2 * np.pi)) for k in range(9, 60)) / 7
        self._outwards = np.clip((radius[..., 0] - pupil) / (iris - pupil), 0, 1).astype(np.float32)
        self._turn = (angle / (2 * np.pi) % 1).astype(np.float32)
        self._fibres = 1 + fibres * pattern[..., None] * smoothstep(self._outwards[..., None])
        edge = 1.5 / SIZE
        self._in_iris = smoothstep((iris - radius) / edge)
        self._limbus = 1 - 0.5 * smoothstep(1 - np.abs(radius - iris + limbus / 2) / limbus)
        self._pupil = 1 - 0.95 * smoothstep((pupil - radius) / edge)
        low, high = LID_SHADE_FROM
        self._shade = 1 - LID_SHADE * smoothstep((-down[..., None] / iris - low) / (high - low))
        self._veins = 1 - smoothstep((radius - VEINS_FROM) / (0.5 - VEINS_FROM)) * (1 - np.float32(VEINS))

    def draw(self, eye: EyeColours) -> np.ndarray:
        """Return the texture (SIZE, SIZE, 3) uint8 sRGB."""
        iris = eye.iris if eye.iris.ndim == 1 else self._unrolled(eye.iris)
        drawn = eye.white * self._veins
        drawn = drawn + (iris * self._fibres - drawn) * self._in_iris
        return np.uint8(np.clip(drawn * self._limbus * self._pupil * self._shade, 0, 255))

    def _unrolled(self, iris: np.ndarray) -> np.ndarray:
        """Return the colours (R, A, 3) round the pupil in the tile, (SIZE, SIZE, 3) float32."""
        rows, columns = iris.shape[:2]
        closed = np.float32(np.concatenate([iris[:, -1:], iris, iris[:, :1]], 1))
        where = self._turn * columns + 0.5, self._outwards * rows - 0.5
        return cv2.remap(closed, *where, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)


def colours_by_rank(seen: np.ndarray) -> EyeColours:
    """Return what colours (N, 3) that the eyes' openings show are made of: dark ones are irises, bright ones whites."""
    seen = seen[np.argsort(seen.sum(1))]
    iris, white = (seen[int(low * len(seen)) : int(high * len(seen))].mean(0) for low, high in (DARK, BRIGHT))
    return EyeColours(WHITENESS * np.array(SCLERA) + (1 - WHITENESS) * white, iris)
