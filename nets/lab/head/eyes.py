# SPDX-License-Identifier: GPL-3.0-or-later
"""Eyeballs: spheres with the bulge of the cornea, drawn as rings round the line of sight."""

import numpy as np

from nets.lab.head.grids import disc, tube_quads

SEGMENTS = 24
IRIS = 23.3  # degrees from the line of sight: an iris of 5.9 mm radius on a ball of 15 mm
CORNEA = 26.0  # degrees: where the bulge begins
BULGE = 0.09  # of the ball's radius, at its middle
# Rings from the front, degrees from the line of sight; the first bounds the pupil's disc.
RINGS = (4, 7.5, 11, 15, 19, IRIS, CORNEA, 30, 37, 46, 57, 70, 85, 100, 116, 132, 148, 163)


def eyeball() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return a ball of radius 1 that looks along z: vertices (V, 3), quads (F, 4), and (V, 2) places in its texture,
    polar from the line of sight: the middle of the tile is the pupil, its border the back of the eye."""
    angle = np.radians(RINGS)
    radius = 1 + BULGE * np.clip(1 - (angle / np.radians(CORNEA)) ** 2, 0, 1) ** 1.15
    return _turned(np.stack([radius * np.sin(angle), radius * np.cos(angle)], 1))


def _turned(profile: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Turn a profile (R, 2) of radius and height about z; a disc closes the first ring, and another the last."""
    turn = np.linspace(0, 2 * np.pi, SEGMENTS, endpoint=False)
    circle = np.stack([np.cos(turn), np.sin(turn)], 1)
    rings = np.arange(len(profile) * SEGMENTS).reshape(len(profile), SEGMENTS)
    points = np.concatenate([profile[:, None, :1] * circle, np.tile(profile[:, None, 1:], (1, SEGMENTS, 1))], 2)
    points, quads = points.reshape(-1, 3), [tube_quads(rings[::-1])]
    for ring, front in ((rings[0], True), (rings[-1], False)):
        weights, cap = disc(ring, len(points))
        points = np.concatenate([points, weights @ points[ring]])
        quads.append(cap if front else cap[:, ::-1])
    length = np.linalg.norm(points, axis=1)
    angle = np.arccos(np.clip(points[:, 2] / length, -1, 1)) / np.pi
    away = np.linalg.norm(points[:, :2], axis=1)
    uv = 0.5 + 0.5 * angle[:, None] * points[:, :2] / np.maximum(away, 1e-9)[:, None]
    return points, np.concatenate(quads), uv
