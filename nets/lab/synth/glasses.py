# SPDX-License-Identifier: GPL-3.0-or-later
"""Spectacles and sunglasses."""

import numpy as np

from nets.lab.synth.parts import Material, Part, grid_part, tube


def glasses(rng: np.random.Generator, landmarks: np.ndarray) -> list[Part]:
    """Draw glasses on the nose of a face with canonical landmarks (68, 3)."""
    eyes = np.stack([landmarks[36:42].mean(0), landmarks[42:48].mean(0)])
    nose = landmarks[28]
    dark = rng.random() < 0.42
    half_width = rng.uniform(24, 34) if dark else rng.uniform(20, 31)
    half_height = half_width * rng.uniform(0.55, 0.95)
    squareness, drop = rng.uniform(2, 6), rng.uniform(-3, 8)
    thickness = rng.choice([rng.uniform(0.4, 0.9), rng.uniform(1.2, 3.4)])
    frame = (rng.random(3) ** 2.2 * rng.choice([0.06, 0.06, 0.06, 0.06, 0.06, 0.5])).astype(np.float32)
    lens = np.float32([0.5, 0.5, 0.5])
    if dark:
        lens = (rng.uniform(0.01, 0.12) * (1 + rng.random(3) * rng.choice([0.2, 2]))).astype(np.float32)
    opacity = rng.uniform(0.75, 1.0) if dark else rng.choice([0.0, rng.uniform(0.0, 0.25)])
    offset, advance, rimless = rng.uniform(0, 3), rng.uniform(-2, 4), rng.random() < 0.12
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    cosine, sine = np.cos(angle), np.sin(angle)
    parts, temples = [], []
    for eye, side in zip(eyes, (-1, 1), strict=True):
        x = eye[0] + side * offset + half_width * np.sign(cosine) * np.abs(cosine) ** (2 / squareness)
        y = eye[1] - drop + half_height * np.sign(sine) * np.abs(sine) ** (2 / squareness)
        z = nose[2] + advance - np.abs(x - nose[0]) ** 2 * 0.0045 + 0 * y
        rim = np.stack([x, y, z], 1)
        if not rimless:
            parts.append(tube(rim, thickness, Material.PLAIN, frame, closed=True))
        centre = rim.mean(0)
        disc = centre + (rim[None] - centre) * np.linspace(0.02, 1, 4)[:, None, None]
        disc = np.concatenate([disc, disc[:, :1]], 1)
        local = np.concatenate([(disc - centre)[..., :2] * 0.03, np.full((*disc.shape[:2], 1), opacity)], -1)
        parts.append(grid_part(Material.LENS, disc, local, lens))
        hinge = np.array([eye[0] + side * half_width, eye[1] + 5 - drop, z[np.argmax(x * side)]])
        temples.append(np.stack([hinge, (side * 74, eye[1] + 3, -45), (side * 78, eye[1] - 5, -100)]))
    bridge_y = nose[1] + rng.uniform(-2, 10)
    inner = max(eyes[1, 0] + offset - half_width, 2)
    bridge = np.stack([(t * inner, bridge_y + 2 * (1 - t * t), nose[2] + advance + 1) for t in np.linspace(-1, 1, 8)])
    parts.append(tube(bridge, max(thickness, 0.8), Material.PLAIN, frame, closed=False))
    parts += [tube(temple, max(1.0, thickness * 0.8), Material.PLAIN, frame, closed=False) for temple in temples]
    return parts
