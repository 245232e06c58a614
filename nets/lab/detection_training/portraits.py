# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos of one to three people whose faces may fill the picture or reach beyond it, laid out with their smaller
copies on one sheet, as the detector sees them."""

from collections.abc import Callable
from dataclasses import replace

import numpy as np

from nets.lab.detection_training.scenes import SCENE_SIZE, Place, Scene, log_uniform
from nets.model.detection.network import lay_out, pyramid, up_to_multiple

LEAST = 40  # pixels: no side of a photo is shorter
FACE_SHARES = 0.18, 1.5  # side of the main face over the photo's shorter side


def draw_frame(rng: np.random.Generator, most: tuple[int, int]) -> tuple[tuple[int, int, int, int], int]:
    """A frame (left, top, right, bottom) on a canvas, and the quarter turns after which it has at most so many pixels
    in width and height."""
    quarter = int(rng.choice(4, p=[0.55, 0.15, 0.15, 0.15]))
    longest = min(most) if quarter % 2 else most[0]
    width = log_uniform(rng, LEAST, longest)
    height = np.clip(width * np.exp(rng.normal(0.05, 0.25)), LEAST, min(most) if quarter % 2 else most[1])
    size = np.array([width, height]).astype(int)
    corner = rng.integers(0, SCENE_SIZE - size)
    return (*corner.tolist(), *(corner + size).tolist()), quarter


def portrait(rng: np.random.Generator, frame: tuple[int, int, int, int]) -> list[Place]:
    """One to three large faces in a frame, at times with smaller ones behind them."""
    low, high = np.array(frame[:2]), np.array(frame[2:])
    size, places = high - low, []
    side = size.min() * log_uniform(rng, *FACE_SHARES)
    loose = rng.random() < 0.25
    whole = rng.random() < 0.4
    if rng.random() < 0.25:
        for _ in range(rng.integers(1, 4)):
            places.append(Place(rng.uniform(low, high), side * rng.uniform(0.25, 0.6), rng.normal(0, 0.15)))
    for _ in range(rng.choice([1, 2, 3], p=[0.75, 0.18, 0.07])):
        centre = rng.uniform(low, high) if rng.random() < 0.3 else (low + high) / 2 + rng.normal(0, 0.13, 2) * size
        turn = rng.uniform(-np.pi, np.pi) if loose else rng.normal(0, 0.2)
        places.append(Place(centre, side * np.exp(rng.normal(0, 0.12)), turn, whole))
    return places


def lay_out_levels(rng: np.random.Generator, draw_photo: Callable[[tuple[int, int]], Scene]) -> Scene:
    """A scene full of photos side by side, each with its smaller copies. draw_photo gets the most pixels that a photo
    may have in width and height."""
    scene = np.zeros((SCENE_SIZE, SCENE_SIZE, 3), np.uint8)
    parts, left, top, bottom = [], 0, 0, 0
    while SCENE_SIZE - top >= 2 * LEAST:
        room = SCENE_SIZE - left, SCENE_SIZE - top
        photo = draw_photo((int(room[0] / 1.5) - 16, room[1] - 16))
        levels = pyramid(photo.image)
        sheet, corners = lay_out([level.image for level in levels])
        height, width = min(len(sheet), room[1]), min(sheet.shape[1], room[0])
        scene[top : top + height, left : left + width] = sheet[:height, :width]
        for level, corner in zip(levels, corners, strict=True):
            centre = (photo.centre + 0.5) * level.scale - 0.5 + corner + (left, top)
            parts.append(replace(photo, centre=centre, side=photo.side * level.scale))
        left, bottom = up_to_multiple(left + width + 1), max(bottom, top + height)
        if SCENE_SIZE - left < 3 * LEAST:
            left, top = 0, up_to_multiple(bottom + 1)
    names = ("centre", "side", "roll", "in_view")
    return Scene(scene, *(np.concatenate([getattr(part, name) for part in parts]) for name in names))
