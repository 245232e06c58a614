# SPDX-License-Identifier: GPL-3.0-or-later
"""Procedural backgrounds: rooms, streets, foliage, skies, lights out of focus, other people."""

from collections.abc import Sequence

import cv2
import numpy as np

from nets.lab.synth.noise import octaves
from nets.lab.synth.render import RENDER_SIZE, Picture, shifted

KINDS = {"studio": 0.22, "room": 0.28, "outdoors": 0.28, "lights": 0.08, "clutter": 0.14}


def draw_background(rng: np.random.Generator, size: int, crowd: Sequence[Picture] = ()) -> np.ndarray:
    """Draw a background (size, size, 3) float32, linear RGB in [0, 1], at times with people of a crowd in it."""
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    coarse = max(8, size // int(rng.choice([1, 2, 4])))
    image = np.ascontiguousarray(_SCENES[kind](rng, coarse), np.float32)
    if (kind != "studio" and rng.random() < 0.7) or rng.random() < 0.2:
        image = cv2.GaussianBlur(image, (0, 0), coarse * rng.uniform(0.003, 0.05))
    image = np.clip(cv2.resize(image, (size, size), interpolation=cv2.INTER_LINEAR), 0, 1)
    if crowd and rng.random() < 0.2:
        for _ in range(rng.integers(1, 4)):
            image = _with_person(rng, image, crowd[rng.integers(len(crowd))])
    if rng.random() < 0.3:
        y, x = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
        image *= np.clip(1 - rng.uniform(0, 1.5) * (x * x + y * y), 0, 1)[..., None]
    return image


def _with_person(rng: np.random.Generator, image: np.ndarray, person: Picture) -> np.ndarray:
    """Add a person in the background: blurred, smaller, or cut by the picture's edge."""
    layer = np.concatenate([person.image * person.alpha[..., None], person.alpha[..., None]], 2)
    if rng.random() < 0.5:
        layer = layer[:, ::-1]
    size, share = len(layer), rng.uniform(0.3, 1.1)
    small = max(8, int(size * share))
    canvas = np.zeros_like(layer)
    small = min(small, size)
    canvas[:small, :small] = cv2.resize(np.ascontiguousarray(layer), (small, small), interpolation=cv2.INTER_AREA)
    if rng.random() < 0.7:
        canvas = cv2.GaussianBlur(canvas, (0, 0), rng.uniform(0.5, 7) * (size / RENDER_SIZE))
    place = np.array([rng.uniform(-0.4, 1.4 - share), 1 - small / size + rng.uniform(0, 0.3)]) * size
    if share > 0.6:  # next to the face in the middle
        place[0] = rng.choice([-1, 1]) * rng.uniform(0.35, 0.65) * size + (1 - share) / 2 * size
    canvas = shifted(canvas, (int(place[0]), int(place[1])))
    return image * (1 - canvas[..., 3:]) + canvas[..., :3] * rng.uniform(0.5, 1.2)


def _studio(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw a plain wall or backdrop on which the light falls off."""
    image = _ramp(rng, size, _colour(rng, rng.beta(1, 4)), rng.uniform(0, 0.5))
    return image * (1 + rng.uniform(0, 0.12) * octaves(rng, size, 3, int(rng.choice([6, 100]))))[..., None]


def _room(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw walls, shelves, windows, pictures and furniture as upright, shaded rectangles in few colours."""
    image = _ramp(rng, size, _colour(rng, 0.2), 0.4)
    palette = [_colour(rng, rng.beta(1, 3)) * rng.uniform(0.3, 1) for _ in range(4)]
    for _ in range(rng.integers(3, 22)):
        x, y = (rng.uniform(-0.2, 1, 2) * size).astype(int)
        w, h = (np.exp(rng.normal(-1.7, 0.7, 2)) * size).astype(int) + 1
        colour = palette[rng.integers(4)] * rng.uniform(0.6, 1.3)
        _box(rng, image, x, y, w, h, colour)
    if rng.random() < 0.3:  # a window
        x, y = (rng.uniform(0, 0.8, 2) * size).astype(int)
        _box(
            rng,
            image,
            x,
            y,
            int(size * rng.uniform(0.1, 0.5)),
            int(size * rng.uniform(0.2, 0.7)),
            np.full(3, rng.uniform(0.8, 1.5)),
        )
    if rng.random() < 0.2:
        text = "".join(chr(c) for c in rng.integers(65, 91, rng.integers(3, 9)))
        at = tuple(int(v) for v in rng.uniform(0, 0.8, 2) * size)
        ink = tuple(map(float, _colour(rng, 0.5)))
        cv2.putText(
            image,
            text,
            at,
            cv2.FONT_HERSHEY_DUPLEX,
            size / RENDER_SIZE * rng.uniform(0.5, 2.5),
            ink,
            int(rng.integers(1, 4)),
            cv2.LINE_AA,
        )
    return _turned(rng, image)


def _box(rng: np.random.Generator, image: np.ndarray, x: int, y: int, w: int, h: int, colour: np.ndarray) -> None:
    size = len(image)
    x0, y0, x1, y1 = max(x, 0), max(y, 0), min(x + w, size), min(y + h, size)
    if x1 > x0 and y1 > y0:
        fall = np.linspace(1, rng.uniform(0.5, 1.2), y1 - y0)[:, None, None]
        image[y0:y1, x0:x1] = colour * fall
        image[y0 : y0 + 1, x0:x1] *= rng.uniform(0.5, 1.5)


def _turned(rng: np.random.Generator, image: np.ndarray) -> np.ndarray:
    size = len(image)
    jitter = rng.normal(0, 0.08, (4, 2)) * size
    corners = np.float32([[0, 0], [size, 0], [size, size], [0, size]])
    matrix = cv2.getPerspectiveTransform(corners, (corners + jitter).astype(np.float32))
    return cv2.warpPerspective(image.astype(np.float32), matrix, (size, size), borderMode=cv2.BORDER_REFLECT)


def _outdoors(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw a sky above foliage, buildings or ground."""
    sky = np.array([0.45, 0.6, 0.85]) * rng.uniform(0.5, 1.2) if rng.random() < 0.6 else np.full(3, rng.uniform(0.5, 1))
    green = np.array([0.13, 0.19, 0.07]) * rng.uniform(0.2, 1.6) * rng.uniform(0.7, 1.3, 3)
    stone = _colour(rng, 0.15) * 0.6
    image = _ramp(rng, size, sky, 0.2)
    rows = np.arange(size)[:, None]
    for base, where in (
        (stone, rng.uniform(0, 0.8)),
        (green, rng.uniform(-0.4, 0.9)),
        (stone * 0.7, rng.uniform(0.6, 1.3)),
    ):
        skyline = where * size + size * rng.uniform(0.02, 0.15) * octaves(rng, size, 3, 64, 0.7)[0]
        texture = np.exp(rng.uniform(0.2, 0.7) * octaves(rng, size, 6, size // 2, rng.uniform(0.7, 0.95)))
        speckle = 1 + rng.uniform(0, 0.5) * octaves(rng, max(size // 2, 8), 20, size // 2, 0.9, 1)
        texture = texture * np.clip(cv2.resize(speckle, (size, size)), 0.2, 3)
        image = np.where((rows > skyline)[..., None], base * texture[..., None], image)
    return image


def _lights(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw a dark scene, as at night or on a stage, with lights out of focus."""
    image = _ramp(rng, size, _colour(rng, 0.3) * 0.12, 0.5)
    radius = rng.uniform(0.008, 0.06) * size
    for _ in range(rng.integers(4, 40)):
        disc = np.zeros((size, size), np.float32)
        at = tuple(int(v) for v in rng.uniform(0, 1, 2) * size)
        cv2.circle(disc, at, int(radius * rng.uniform(0.7, 1.3)) + 1, 1.0, -1, cv2.LINE_AA)
        x, y, r = *at, int(radius * 1.3) + 3
        window = np.s_[max(y - r, 0) : y + r, max(x - r, 0) : x + r]
        image[window] += disc[window][..., None] * _colour(rng, 0.7) * rng.uniform(0.1, 1)
    return image


def _clutter(rng: np.random.Generator, size: int) -> np.ndarray:
    """Draw shapes of any kind and colour."""
    colourful = rng.beta(1, 2)
    image = _ramp(rng, size, _colour(rng, colourful), 0.4)
    if rng.random() < 0.6:
        cells = int(rng.integers(2, 12))
        field = octaves(rng, size, cells, cells * int(rng.choice([1, 4, 16])), rng.uniform(0.4, 0.9))
        image = image + rng.uniform(0.03, 0.2) * field[..., None]
    image = np.ascontiguousarray(image, np.float32)
    for _ in range(rng.integers(1, 20)):
        colour = tuple(map(float, _colour(rng, colourful)))
        at = tuple(int(v) for v in rng.integers(0, size, 2))
        extent = int(rng.uniform(0.02, 0.4) * size) + 1
        if rng.random() < 0.4:
            axes = (extent, int(extent * rng.uniform(0.3, 1)) + 1)
            thickness = -1 if rng.random() < 0.7 else int(rng.integers(1, 6))
            cv2.ellipse(image, at, axes, rng.uniform(0, 360), 0, 360, colour, thickness, cv2.LINE_AA)
        elif rng.random() < 0.4:
            cv2.line(image, at, tuple(map(int, rng.integers(0, size, 2))), colour, int(rng.integers(1, 8)), cv2.LINE_AA)
        else:
            polygon = (np.array(at) + rng.normal(0, extent, (rng.integers(3, 7), 2))).astype(np.int32)
            cv2.fillPoly(image, [polygon], colour, cv2.LINE_AA)
    return image


def _ramp(rng: np.random.Generator, size: int, colour: np.ndarray, strength: float) -> np.ndarray:
    """Fill a picture with a colour (3,) that darkens in a random direction."""
    y, x = np.mgrid[:size, :size].astype(np.float32) / size - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    fall = 1 + strength * rng.normal(0, 1) * (x * np.cos(angle) + y * np.sin(angle))
    return (fall[..., None] * colour).astype(np.float32)


def _colour(rng: np.random.Generator, colourful: float) -> np.ndarray:
    """Draw a linear colour (3,), grey if colourful is 0."""
    return np.clip(rng.random() ** 1.7 + (rng.random(3) - 0.5) * colourful, 0.005, 1)


_SCENES = {"studio": _studio, "room": _room, "outdoors": _outdoors, "lights": _lights, "clutter": _clutter}
