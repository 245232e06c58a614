# SPDX-License-Identifier: GPL-3.0-or-later
"""The inside of the mouth: teeth in two arches, gums, and a tongue. Measures are those of human anatomy.

Widths and heights of crowns after Nelson, "Wheeler's Dental Anatomy", in millimetres, from the middle outwards.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from nets.lab.head.grids import box, disc, tube_quads


@dataclass(frozen=True)
class Arch:
    """A jaw's teeth: z = front - bend |x|^power, the curve that they stand on; bite: y of their edges; up: 1 if they
    stand on their heads. widths, heights: of the crowns of one side."""

    front: float
    bend: float
    power: float
    bite: float
    up: int
    widths: tuple[float, ...]
    heights: tuple[float, ...]

    def at(self, length: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Return points (N, 2) in x and z at these lengths of the curve from its middle, and its angles there (N,)."""
        x = np.linspace(0, 34, 2000)
        z = self.front - self.bend * x**self.power
        run = np.r_[0, np.cumsum(np.hypot(np.diff(x), np.diff(z)))]
        side, far = np.sign(length), np.abs(length)
        found = np.interp(far, run, x)
        slope = -self.bend * self.power * found ** (self.power - 1)
        return np.stack([side * found, self.front - self.bend * found**self.power], 1), side * np.arctan(-slope)


UPPER = Arch(24.2, 0.00169, 3.09, -70.8, 1, (8.5, 6.5, 7.6, 7.1, 6.8, 10.2, 9.8), (10.2, 9.0, 10.0, 8.5, 8.3, 7.5, 7.2))
LOWER = Arch(
    20.6, 0.00100, 3.29, -69.6, -1, (5.4, 6.0, 6.9, 7.1, 7.2, 11.0, 10.5), (8.8, 9.2, 10.5, 8.8, 8.2, 7.5, 7.0)
)
STEPS = 2  # quads along a tooth's edges
DEPTHS = (6.0, 6.0, 7.5, 8.5, 9.0, 10.5, 10.0)  # of the crowns, front to back
CUTTING = (0.35, 0.35, 0.45, 0.85, 0.9, 0.95, 0.95)  # depth of a crown's edge, of its neck's: incisors are blades
TONGUE = np.array(
    [[0, -80, 10], [0, -79.5, 3], [0, -79, -8], [0, -79.5, -22], [0, -82, -36], [0, -87, -50]]
)  # its ridge
TONGUE_HALF_WIDTHS, TONGUE_HALF_HEIGHTS = (5, 10.5, 14, 16, 16, 13), (2.5, 4.5, 6, 8, 9, 8)


def teeth(arch: Arch) -> tuple[np.ndarray, np.ndarray]:
    """Return a jaw's fourteen teeth: vertices (V, 3), canonical millimetres, and quads (F, 4)."""
    cube, faces = box(STEPS)
    rounded = cube / np.linalg.norm(cube, axis=1, keepdims=True) ** 0.55
    rounded /= np.abs(rounded).max(0)
    points, quads, start = [], [], 0.0
    for width, height, depth, cutting in zip(arch.widths, arch.heights, DEPTHS, CUTTING, strict=True):
        for side in (-1, 1):
            (place,), (angle,) = arch.at(np.array([side * (start + width / 2)]))
            local = rounded.copy()
            towards_edge = (1 - local[:, 1] * arch.up) / 2
            local[:, 0] *= 0.5 * width * (0.86 + 0.14 * towards_edge) * 0.985
            local[:, 2] *= 0.5 * depth * (1 - (1 - cutting) * towards_edge)
            local[:, 1] = arch.bite + arch.up * height * (0.55 + 0.55 * local[:, 1] * arch.up)
            cos, sin = np.cos(angle), np.sin(angle)
            x = place[0] + cos * local[:, 0] + sin * (local[:, 2] - depth / 2)
            z = place[1] - sin * local[:, 0] + cos * (local[:, 2] - depth / 2)
            quads.append(faces + len(cube) * len(points))
            points.append(np.stack([x, local[:, 1], z], 1))
        start += width
    return np.concatenate(points), np.concatenate(quads)


def gums(arch: Arch) -> tuple[np.ndarray, np.ndarray]:
    """Return a jaw's gum, a bent tube along its arch: vertices (V, 3), quads (F, 4). Its ends are open, far back."""
    total = sum(arch.widths)
    line, angles = arch.at(np.linspace(-total - 3, total + 3, 29))
    far = np.abs(np.linspace(-1, 1, 29))
    depth = 3.6 + 2.2 * far
    height = np.interp(far * total, np.cumsum(arch.widths), arch.heights)
    turn = np.linspace(0, 2 * np.pi, 12, endpoint=False)
    rings = []
    for (x, z), angle, half, crown in zip(line, angles, depth, height, strict=True):
        across = (half + 1.1) * np.cos(turn) - half
        along_y = arch.bite + arch.up * (crown * 0.98 + 4.5 + 5.5 * np.sin(turn) * arch.up)
        rings.append(np.stack([x + np.sin(angle) * across, along_y, z + np.cos(angle) * across], 1))
    numbers = np.arange(29 * 12).reshape(29, 12)
    return np.concatenate(rings), tube_quads(numbers)[:, ::-1]


def tongue() -> tuple[np.ndarray, np.ndarray]:
    """Return the tongue, closed at its tip, open at its root: vertices (V, 3), quads (F, 4)."""
    turn = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    rings = [
        centre + np.stack([wide * np.cos(turn), high * np.sin(turn) * np.where(np.sin(turn) > 0, 0.8, 1), 0 * turn], 1)
        for centre, wide, high in zip(TONGUE, TONGUE_HALF_WIDTHS, TONGUE_HALF_HEIGHTS, strict=True)
    ]

    points = np.concatenate(rings)
    numbers = np.arange(len(points)).reshape(len(rings), -1)
    weights, cap = disc(numbers[0], len(points))
    tip = weights @ points[numbers[0]] + (0, 0, 3.0)
    return np.concatenate([points, tip]), np.concatenate([tube_quads(numbers)[:, ::-1], cap])
