# SPDX-License-Identifier: GPL-3.0-or-later
"""What a detector must not take for a face: lettering, windows, wheels, cloth, skin, heads from behind, animals."""

import cv2
import numpy as np

from nets.lab.synth.noise import octaves

FONTS = (cv2.FONT_HERSHEY_SIMPLEX, cv2.FONT_HERSHEY_DUPLEX, cv2.FONT_HERSHEY_TRIPLEX, cv2.FONT_HERSHEY_SCRIPT_COMPLEX)
CHARACTERS = np.array(list("ABCDEFGHIKLMNOPRSTUVWabcdeghiknorstuw0123456789 .:8B%@&O"))
SKIN_LIGHT, SKIN_DARK = np.float32([245, 205, 180]), np.float32([70, 42, 30])


def add_clutter(rng: np.random.Generator, image: np.ndarray, count: int) -> None:
    """Draws `count` random things into a picture (S, S, 3) u1."""
    for _ in range(count):
        draw = THINGS[rng.integers(len(THINGS))]
        size = np.exp(rng.uniform(np.log(14), np.log(120)))
        draw(rng, image, rng.uniform(0, len(image), 2), size)


def colour(rng: np.random.Generator) -> tuple[float, ...]:
    return tuple(map(float, np.clip(rng.uniform(0, 255) + rng.normal(0, 45, 3), 0, 255)))


def skin(rng: np.random.Generator) -> np.ndarray:
    """A skin's colour (3,) f4 in some light."""
    tone = SKIN_LIGHT + (SKIN_DARK - SKIN_LIGHT) * np.float32(rng.beta(1.1, 1.6))
    return np.clip(tone * rng.uniform(0.6, 1.1) * rng.uniform(0.9, 1.1, 3).astype(np.float32), 0, 255)


def lettering(rng, image, place, size):
    for line in range(rng.integers(1, 4)):
        text = "".join(rng.choice(CHARACTERS, rng.integers(1, 12)))
        corner = (int(place[0] - size), int(place[1] + line * size * 0.6))
        font, thickness = FONTS[rng.integers(len(FONTS))], int(rng.integers(1, 4))
        cv2.putText(image, text, corner, font, size / 60, colour(rng), thickness, cv2.LINE_AA)


def windows(rng, image, place, size):
    """A regular grid of boxes or discs, as of house fronts, shelves and keyboards."""
    step = size * rng.uniform(0.2, 0.6, 2) + 4
    fill, ground, round_ = colour(rng), colour(rng), rng.random() < 0.3
    low, high = (place - size).astype(int), (place + size).astype(int)
    cv2.rectangle(image, tuple(low.tolist()), tuple(high.tolist()), ground, -1)
    for x in np.arange(low[0] + 2, high[0], step[0]):
        for y in np.arange(low[1] + 2, high[1], step[1]):
            if round_:
                cv2.circle(image, (int(x), int(y)), int(step.min() * 0.35), fill, -1, cv2.LINE_AA)
            else:
                end = (int(x + step[0] * 0.6), int(y + step[1] * 0.6))
                cv2.rectangle(image, (int(x), int(y)), end, fill, -1)


def wheel(rng, image, place, size):
    centre, turn = (int(place[0]), int(place[1])), rng.uniform(0, 180)
    for share in np.sort(rng.uniform(0.1, 1, rng.integers(1, 6)))[::-1]:
        axes = (int(size * share / 2) + 1, int(size * share / 2 * rng.uniform(0.8, 1)) + 1)
        thickness = -1 if rng.random() < 0.7 else int(rng.integers(1, 4))
        cv2.ellipse(image, centre, axes, turn, 0, 360, colour(rng), thickness, cv2.LINE_AA)
    for angle in np.arange(rng.integers(0, 12)) * rng.uniform(0.3, 1.2):
        end = place + size / 2 * np.array([np.cos(angle), np.sin(angle)])
        cv2.line(image, centre, (int(end[0]), int(end[1])), colour(rng), int(rng.integers(1, 3)), cv2.LINE_AA)


def foliage(rng, image, place, size):
    """Many small blobs of like colour: leaves, pebbles, fruit, a crowd too far away."""
    base, spread = np.array(colour(rng)), rng.uniform(5, 50)
    for _ in range(rng.integers(20, 70)):
        at = place + rng.normal(0, size / 2, 2)
        axes = (np.exp(rng.normal(0, 0.4, 2)) * size * 0.07 + 1).astype(int)
        tint = tuple(map(float, np.clip(base + rng.normal(0, spread), 0, 255)))
        where = (int(at[0]), int(at[1]))
        cv2.ellipse(image, where, tuple(axes.tolist()), rng.uniform(0, 180), 0, 360, tint, -1, cv2.LINE_AA)


def cloth(rng, image, place, size):
    """A patch of checks, stripes, dots or noise."""
    side = int(size * rng.uniform(1, 2)) + 4
    y, x = np.mgrid[:side, :side].astype(np.float32)
    angle, period = rng.uniform(0, np.pi), rng.uniform(3, 18)
    a, b = x * np.cos(angle) + y * np.sin(angle), y * np.cos(angle) - x * np.sin(angle)
    kind = rng.integers(4)
    if kind == 0:
        pattern = np.sin(a * 2 * np.pi / period)
    elif kind == 1:
        pattern = np.sign(np.sin(a * 2 * np.pi / period)) + np.sign(np.sin(b * 2 * np.pi / period))
    elif kind == 2:
        pattern = np.sin(a * 2 * np.pi / period) * np.sin(b * 2 * np.pi / period) > rng.uniform(0, 0.7)
    else:
        pattern = octaves(rng, side, 4, 64, rng.uniform(0.5, 1))
    first, second = np.float32(colour(rng)), np.float32(colour(rng))
    texture = first + (second - first) * np.clip(pattern * 0.5 + 0.5, 0, 1).astype(np.float32)[..., None]
    lay(image, texture, np.ones((side, side), np.float32), place)


def limb(rng, image, place, size):
    """Bare skin without a face in it: an arm, a shoulder, a fist."""
    tone, points = skin(rng), [place]
    for _ in range(rng.integers(0, 4)):
        points.append(points[-1] + rng.normal(0, size, 2))
    side = int(size * 4)
    mask, middle = np.zeros((side, side), np.float32), np.array([side / 2, side / 2])
    path = np.round(np.stack(points) - place + middle).astype(np.int32)
    cv2.polylines(mask, [path], False, 1.0, int(size * rng.uniform(0.3, 0.9)) + 1, cv2.LINE_AA)
    lay(image, tone * shading(rng, side)[..., None], mask, place)


def back_of_head(rng, image, place, size):
    side = int(size * 2) + 8
    hair = np.float32(rng.choice([20, 60, 110, 190])) * np.float32([1, rng.uniform(0.7, 1), rng.uniform(0.4, 1)])
    strands = cv2.resize(octaves(rng, side, 4, 64, 0.8)[:, : side // 3 + 1], (side, side))
    mask = np.zeros((side, side), np.float32)
    centre, half = (side // 2, side // 2), int(size / 2)
    body = np.zeros_like(mask)
    cv2.ellipse(
        body, (side // 2, side // 2 + int(1.6 * half)), (int(1.6 * half), half), 0, 0, 360, 1.0, -1, cv2.LINE_AA
    )
    lay(image, np.float32(colour(rng)) * shading(rng, side)[..., None], body, place)
    neck = np.zeros_like(mask)
    cv2.rectangle(neck, (side // 2 - half // 2, side // 2), (side // 2 + half // 2, side // 2 + half), 1.0, -1)
    lay(image, skin(rng) * shading(rng, side)[..., None], neck, place)
    cv2.ellipse(mask, centre, (int(0.62 * half) + 1, int(0.82 * half) + 1), 0, 0, 360, 1.0, -1, cv2.LINE_AA)
    lay(image, hair * (shading(rng, side) + 0.15 * strands)[..., None], mask, place)


def animal(rng, image, place, size):
    """A furry head with pointed ears, eyes set wide, a muzzle and a nose."""
    side = int(size * 2) + 8
    half, middle = size / 2, np.array([side / 2, side / 2])
    fur = np.float32(colour(rng))
    pattern = octaves(rng, side, 6, 128, 0.9)
    coat = np.clip(fur * (1 + 0.25 * pattern[..., None]), 0, 255)
    if rng.random() < 0.5:
        coat = np.where(octaves(rng, side, 3, 6)[..., None] > 0.5, np.float32(colour(rng)), coat)
    mask = np.zeros((side, side), np.float32)
    width = rng.uniform(0.75, 1.15)
    for sign in (-1, 1):
        tip = [sign * rng.uniform(0.6, 1.0), -rng.uniform(0.9, 1.5)]
        if rng.random() < 0.3:
            tip = [sign * 1.2, rng.uniform(-0.3, 0.6)]
        ear = np.array([[sign * 0.15, -0.6], tip, [sign * 0.75, -0.2]]) * half * [width, 1] + middle
        cv2.fillPoly(mask, [ear.astype(np.int32)], 1.0, cv2.LINE_AA)
    cv2.ellipse(
        mask, (side // 2, side // 2), (int(half * width * 0.8), int(half * 0.8)), 0, 0, 360, 1.0, -1, cv2.LINE_AA
    )
    eye, iris = colour(rng), rng.uniform(0.08, 0.18)
    for sign in (-1, 1):
        at = middle + half * np.array([sign * rng.uniform(0.32, 0.5) * width, -0.15])
        spot = (int(at[0]), int(at[1]))
        cv2.ellipse(coat, spot, (int(half * iris) + 1, int(half * iris) + 1), 0, 0, 360, eye, -1, cv2.LINE_AA)
        cv2.ellipse(coat, spot, (int(half * iris * 0.4), int(half * iris * 0.9)), 0, 0, 360, (0, 0, 0), -1, cv2.LINE_AA)
    muzzle = (side // 2, int(middle[1] + half * 0.35))
    cv2.ellipse(coat, muzzle, (int(half * 0.35), int(half * 0.28)), 0, 0, 360, colour(rng), -1, cv2.LINE_AA)
    nose = (side // 2, int(middle[1] + half * 0.22))
    cv2.ellipse(coat, nose, (int(half * 0.12) + 1, int(half * 0.08) + 1), 0, 0, 360, (40, 20, 30), -1, cv2.LINE_AA)
    lay(image, coat, mask, place)


def shading(rng: np.random.Generator, side: int) -> np.ndarray:
    """A smooth ramp of light (side, side) f4."""
    y, x = np.mgrid[:side, :side].astype(np.float32) / side - 0.5
    angle = rng.uniform(0, 2 * np.pi)
    return 0.9 + rng.uniform(0, 0.8) * (x * np.cos(angle) + y * np.sin(angle)).astype(np.float32)


def lay(image: np.ndarray, texture: np.ndarray, mask: np.ndarray, place: np.ndarray) -> None:
    """Lays a texture (s, s, 3) over the picture, centred on a place (x, y), where the mask (s, s) is 1."""
    side = len(texture)
    left, top = (int(v - side / 2) for v in place)
    x0, y0, x1, y1 = max(left, 0), max(top, 0), min(left + side, len(image)), min(top + side, len(image))
    if x0 < x1 and y0 < y1:
        part = np.s_[y0 - top : y1 - top, x0 - left : x1 - left]
        alpha = mask[part][..., None]
        under = image[y0:y1, x0:x1]
        image[y0:y1, x0:x1] = np.clip(under + (texture[part] - under) * alpha, 0, 255)


THINGS = (lettering, windows, wheel, foliage, cloth, limb, back_of_head, animal)
