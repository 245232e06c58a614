# SPDX-License-Identifier: GPL-3.0-or-later
"""Random light: key lights, soft light from all around, and the shadows that parts and patterns cast."""

import math
from dataclasses import dataclass

import numba
import numpy as np

from nets.lab.raster import depth_buffer
from nets.lab.synth.noise import value_noise

SHADOW_SIZE, SHADOW_REACH = 176, 380  # pixels and millimetres of a shadow map's side
NO_PATTERN, STRIPES, DAPPLE = 0, 1, 2


@dataclass(frozen=True)
class Light:
    """The light on a scene, in the view frame (x right, y up, z towards the viewer), with linear colours.

    key: (K, 2, 3), direction and colour of each key light; the first one casts shadows if there is a shadow map
    sky, ground: (3,), ambient light from above and below
    side: (3,), what the right has more of it, and the left less
    gloss: (2,), exponent and strength of the skin's highlight
    shadow_map: (S, S), z along the first key light, or empty
    to_shadow: (3, 4), affine map from the view frame into the shadow map
    pattern: (5,), kind, frequency along both axes of the shadow map, offset, depth
    """

    key: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    side: np.ndarray
    gloss: np.ndarray
    shadow_map: np.ndarray
    to_shadow: np.ndarray
    pattern: np.ndarray


def draw_light(rng: np.random.Generator, vertices: np.ndarray, triangles: np.ndarray) -> Light:
    """Draw light for a scene of vertices (V, 3) in the view frame and triangles (M, 3)."""
    mood = rng.choice(["soft", "sun", "side", "flash", "back", "coloured"], p=[0.38, 0.24, 0.16, 0.1, 0.08, 0.04])
    keys = []
    for k in range(rng.choice([1, 2, 3], p=[0.5, 0.33, 0.17])):
        direction = np.array([rng.normal(0, 0.8), rng.normal(0.4, 0.5), abs(rng.normal(0.7, 0.5)) - 0.15 * (k > 0)])
        if k == 0 and mood == "side":
            direction = np.array(
                [rng.choice([-1, 1]) * rng.uniform(0.8, 1.2), rng.normal(0.2, 0.4), rng.uniform(-0.3, 0.3)]
            )
        elif k == 0 and mood == "flash":
            direction = np.array([rng.normal(0, 0.12), rng.normal(0.15, 0.15), 1.0])
        elif k == 0 and mood == "back":
            direction = np.array([rng.normal(0, 0.7), rng.normal(0.4, 0.3), -rng.uniform(0.3, 1)])
        warmth = rng.normal(0.02, 0.1)
        colour = (
            np.array([1 + warmth, 1 + 0.02 * rng.normal(), 1 - 1.2 * warmth]) * rng.uniform(0.3, 1.2) / (1 + 0.8 * k)
        )
        if mood == "coloured":
            colour *= rng.uniform(0.15, 1.4, 3)
        keys.append((direction / np.linalg.norm(direction), colour * (1.8 if mood == "sun" and k == 0 else 1)))
    ambient = {"soft": rng.uniform(0.6, 1.3), "back": rng.uniform(0.3, 0.8)}.get(mood, rng.uniform(0.1, 0.7))
    tint = rng.normal(0, 0.08)
    sky = ambient * np.array([1 - tint, 1, 1 + tint])
    ground = sky * rng.uniform(0.25, 0.9) * rng.uniform(0.9, 1.1, 3)
    side = sky * rng.normal(0, 0.35)
    gloss = np.array([rng.uniform(8, 30), rng.beta(1.5, 3) * 0.35])
    key = np.array(keys, np.float32)
    to_shadow = _shadow_frame(key[0, 0])
    shadow_map = np.zeros((0, 0), np.float32)
    if mood != "soft" or rng.random() < 0.35:
        shadow_map = _cast(to_shadow, vertices, triangles)
    pattern = np.zeros(5)
    if rng.random() < 0.05:
        frequency = rng.uniform(0.03, 0.25)
        angle = rng.normal(0, 0.5)
        kind = STRIPES if rng.random() < 0.35 else DAPPLE
        along = (frequency * np.sin(angle), frequency * np.cos(angle)) if kind == STRIPES else (frequency, frequency)
        pattern = np.array([kind, *along, rng.uniform(0, 50), rng.uniform(0.5, 1)])
    return Light(
        key,
        *(x.astype(np.float32) for x in (sky, ground, side, gloss)),
        shadow_map,
        to_shadow,
        pattern.astype(np.float32),
    )


def _shadow_frame(direction: np.ndarray) -> np.ndarray:
    """Return the affine map (3, 4) from the view frame into the shadow map of a light from a direction (3,)."""
    side = np.cross((0.0, 1.0, 0.05), direction)
    side /= np.linalg.norm(side)
    scale = SHADOW_SIZE / SHADOW_REACH
    linear = np.stack([side, -np.cross(direction, side), direction]) * np.array([[scale], [scale], [1]])
    offset = np.array([SHADOW_SIZE / 2, SHADOW_SIZE / 2, 0])
    return np.concatenate([linear, offset[:, None]], 1).astype(np.float32)


def _cast(to_shadow: np.ndarray, vertices: np.ndarray, triangles: np.ndarray) -> np.ndarray:
    places = vertices @ to_shadow[:, :3].T + to_shadow[:, 3]
    return depth_buffer(places, triangles, (SHADOW_SIZE, SHADOW_SIZE))


@numba.njit(cache=True, fastmath=True)
def lit(p, shadow_map, to_shadow, pattern):
    """Return the share of the first key light that reaches a point p of the view frame; shadows have soft edges."""
    size = shadow_map.shape[0]
    if size == 0 and pattern[0] == NO_PATTERN:
        return np.float32(1)
    x = to_shadow[0, 0] * p[0] + to_shadow[0, 1] * p[1] + to_shadow[0, 2] * p[2] + to_shadow[0, 3]
    y = to_shadow[1, 0] * p[0] + to_shadow[1, 1] * p[1] + to_shadow[1, 2] * p[2] + to_shadow[1, 3]
    share = np.float32(1)
    if pattern[0] == STRIPES:
        wave = math.sin((x * pattern[1] + y * pattern[2]) * 6.2832 + pattern[3])
        share -= pattern[4] * min(max(wave * 4 + 0.5, 0.0), 1.0)
    elif pattern[0] == DAPPLE:
        field = value_noise(x * pattern[1], y * pattern[2], pattern[3])
        field = 0.65 * field + 0.35 * value_noise(x * pattern[1] * 2.7, y * pattern[2] * 2.7, pattern[3])
        share -= pattern[4] * min(max((field - 0.45) * 2.5 + 0.2, 0.0), 1.0)
    if size == 0:
        return share
    z = to_shadow[2, 0] * p[0] + to_shadow[2, 1] * p[1] + to_shadow[2, 2] * p[2] + to_shadow[2, 3] + 4
    reached = np.float32(0)
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            c, r = round(x) + dx, round(y) + dy
            if c < 0 or r < 0 or c >= size or r >= size or shadow_map[r, c] < z:
                reached += np.float32(1 / 9)
    return share * reached
