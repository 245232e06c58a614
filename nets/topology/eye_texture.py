# SPDX-License-Identifier: GPL-3.0-or-later
"""The texture of an eye, polar round the pupil, in the colours of a capture's irises and whites."""

from __future__ import annotations

import numpy as np

from nets.geometry.visibility import smoothstep

SIZE = 512  # texels along a side
SCLERA, WHITENESS = (232, 226, 220), 0.6  # sRGB of a sclera without shadow, and its share in the eye's white
DARK, BRIGHT = (0.1, 0.35), (0.7, 0.9)  # ranges of the seen texels, by rank of brightness, that show iris and white


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
        self._fibres = 1 + fibres * pattern[..., None] * smoothstep((radius - pupil) / (iris - pupil))
        edge = 1.5 / SIZE
        self._in_iris = smoothstep((iris - radius) / edge)
        self._limbus = 1 - 0.5 * smoothstep(1 - np.abs(radius - iris + limbus / 2) / limbus)
        self._pupil = 1 - 0.95 * smoothstep((pupil - radius) / edge)

    def draw(self, seen: np.ndarray) -> np.ndarray:
        """Return the texture (SIZE, SIZE, 3) uint8 sRGB from the colours (N, 3) that the eyes' openings show."""
        seen = seen[np.argsort(seen.sum(1))]
        iris, white = (seen[int(low * len(seen)) : int(high * len(seen))].mean(0) for low, high in (DARK, BRIGHT))
        white = WHITENESS * np.array(SCLERA) + (1 - WHITENESS) * white
        eye = white + (iris * self._fibres - white) * self._in_iris
        return np.uint8(np.clip(eye * self._limbus * self._pupil, 0, 255))
