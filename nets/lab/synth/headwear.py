# SPDX-License-Identifier: GPL-3.0-or-later
"""Caps, hats, beanies, headscarves, hoods, turbans, headphones."""

from dataclasses import dataclass

import numpy as np

from nets.lab.synth.follicles import over_head
from nets.lab.synth.parts import Material, Part, cloth_colour, ellipsoid, grid_part, tube

KINDS = {
    "cap": 0.3, "beanie": 0.17, "hat": 0.17, "headscarf": 0.14, "hood": 0.09, "turban": 0.05, "headphones": 0.08,
}  # fmt: skip
DEGREES = np.radians(np.arange(-180, 180))


@dataclass(frozen=True)
class Headwear:
    """Headwear, and which part of the head it covers.

    rim: (360,), elevation in radians above which the head is covered, by degree of azimuth from -180; None if hair
        stays as it is
    """

    parts: list[Part]
    rim: np.ndarray | None


def dress_head(rng: np.random.Generator, table: np.ndarray) -> Headwear:
    """Draw headwear for a head whose radii are in table, see nets/lab/synth/follicles.py."""
    kind = str(rng.choice(list(KINDS), p=list(KINDS.values())))
    colour = cloth_colour(rng)
    if kind == "headphones":
        return Headwear(_headphones(rng, table, colour), None)
    if kind in ("headscarf", "hood"):
        return _wrapped(rng, table, colour, kind)
    front, back = np.radians(rng.uniform(24, 44)), np.radians(rng.uniform(-12, 22))
    tilt = rng.normal(0, 0.06)
    rim = _between(front, back, DEGREES) + tilt * np.sin(DEGREES)
    lift = {
        "cap": rng.uniform(5, 14),
        "beanie": rng.uniform(4, 9),
        "hat": rng.uniform(6, 14),
        "turban": rng.uniform(14, 24),
    }[kind]
    height = {"cap": rng.uniform(5, 25), "beanie": rng.uniform(4, 45), "hat": rng.uniform(10, 60), "turban": 25}[kind]
    if kind == "cap" and rng.random() < 0.15:
        rim = rim[::-1]  # worn backwards
        brim_at = np.pi
    else:
        brim_at = rng.normal(0, 0.1)
    parts = [_crown(rng, table, rim, lift, height, kind, colour)]
    if kind == "beanie" and rng.random() < 0.6:
        band = np.linspace(rim, rim + rng.uniform(0.15, 0.35), 5)
        points = over_head(table, DEGREES[None, ::6], band[:, ::6], lift + 3)
        parts.append(grid_part(Material.STRANDS, points, _ribs(band[:, ::6], 60), colour))
    if kind == "cap":
        parts.append(_peak(rng, table, rim, lift, colour if rng.random() < 0.6 else cloth_colour(rng), brim_at))
    if kind == "hat":
        parts.append(_brim(rng, table, rim, lift, colour))
        if rng.random() < 0.5:
            band = np.linspace(rim, rim + 0.2, 3)[:, ::6]
            parts.append(
                grid_part(
                    Material.PLAIN,
                    over_head(table, DEGREES[None, ::6], band, lift + 2),
                    _ribs(band, 5),
                    cloth_colour(rng),
                )
            )
    return Headwear(parts, rim)


def _between(front: float, back: float, azimuth: np.ndarray) -> np.ndarray:
    return front + (back - front) * (1 - np.cos(azimuth)) / 2


def _ribs(shape: np.ndarray, frequency: float) -> np.ndarray:
    rows, columns = shape.shape
    across, along = np.meshgrid(np.linspace(0, frequency, columns), np.linspace(0, 2, rows))
    return np.stack([across, along, 0 * along], -1)


def _crown(rng, table, rim, lift, height, kind, colour) -> Part:
    t = np.linspace(0, 1, 14)[:, None] ** 0.8
    edge = rim[None, ::6]
    elevation = edge + (np.pi / 2 - edge) * t
    if kind == "hat":
        rise = height * np.clip(t * 5, 0, 1) * np.clip((elevation - 0.5) * 1.2, 0, 1)
    else:
        rise = height * np.clip((elevation - 0.5) / 1.07, 0, 1) ** 1.5
    folds = rng.uniform(0, 5) * np.sin(DEGREES[None, ::6] * rng.integers(2, 6) + 7 * elevation + rng.uniform(0, 6))
    rise = rise + folds * (kind in ("turban", "beanie")) * np.clip(t * 4, 0, 1)
    points = over_head(table, DEGREES[None, ::6] + 0 * t, elevation, lift + rise)
    knitted = kind in ("beanie", "turban")
    local = _ribs(elevation, rng.uniform(25, 70)) if knitted else points * rng.uniform(0.02, 0.2)
    return grid_part(Material.STRANDS if knitted else Material.PLAIN, points, local, colour)


def _peak(rng, table, rim, lift, colour, middle) -> Part:
    azimuth = middle + np.linspace(-0.95, 0.95, 20)
    elevation = np.interp((azimuth + np.pi) % (2 * np.pi) - np.pi, DEGREES, rim)
    start = over_head(table, (azimuth + np.pi) % (2 * np.pi) - np.pi, elevation, lift)
    t = np.linspace(0, 1, 6)[:, None, None]
    reach = rng.uniform(45, 80) * np.cos((azimuth - middle) * 1.5)[None, :, None].clip(0.02)
    forward = np.array([np.sin(middle), 0, np.cos(middle)])
    points = start[None] + forward * reach * t
    across = ((azimuth - middle) / 0.95)[None, :]
    points[..., 1] -= rng.uniform(0, 30) * t[..., 0] + rng.uniform(3, 20) * across**2 * t[..., 0]
    return grid_part(Material.PLAIN, points, points * 0.05, colour)


def _brim(rng, table, rim, lift, colour) -> Part:
    start = over_head(table, DEGREES[::6], rim[::6], lift)
    start = np.concatenate([start, start[:1]])
    azimuth = np.append(DEGREES[::6], DEGREES[0])
    t = np.linspace(0, 1, 6)[:, None, None]
    outward = np.stack([np.sin(azimuth), 0 * azimuth, np.cos(azimuth)], 1)
    points = start[None] + outward[None] * rng.uniform(20, 85) * t
    points[..., 1] += (
        rng.normal(-6, 9) * t[..., 0] + rng.uniform(0, 12) * t[..., 0] * np.sin(azimuth * 2 + rng.uniform(0, 6)) ** 2
    )
    return grid_part(Material.PLAIN, points, points * 0.05, colour)


def _wrapped(rng, table, colour, kind) -> Headwear:
    """Draw cloth around the face: forehead, cheeks, below the chin."""
    ahead = np.abs(DEGREES)
    opening = rng.uniform(0.62, 0.85) if kind == "headscarf" else rng.uniform(0.85, 1.25)
    brow = np.radians(rng.uniform(26, 46))
    slope = np.clip((ahead - opening * 0.55) / (opening * 0.6), 0, 1)
    rim = brow - (brow + 1.35) * slope ** rng.uniform(1.0, 2.2)
    lift = rng.uniform(4, 9) if kind == "headscarf" else rng.uniform(14, 30)
    t = np.linspace(0, 1, 18)[:, None] ** 0.7
    edge = rim[None, ::5]
    elevation = edge + (np.pi / 2 - edge) * t
    azimuth = DEGREES[None, ::5]
    folds = (
        rng.uniform(0, 4)
        * np.sin(6 * elevation + 3 * azimuth * rng.choice([-1, 1]) + rng.uniform(0, 6))
        * np.clip(t * 4, 0, 1)
    )
    loose = lift + rng.uniform(5, 25) * t + folds + 25 * np.clip(-elevation - 0.5, 0, 1)
    points = over_head(table, azimuth + 0 * t, elevation, loose)
    parts = [grid_part(Material.PLAIN, points, points * rng.uniform(0.02, 0.1), colour)]
    if kind == "headscarf":
        angle = np.linspace(-np.pi, np.pi, 40)[None]
        s = np.linspace(0, 1, 8)[:, None]
        r = rng.uniform(62, 76) + 30 * s + 3 * np.sin(12 * s + 2 * angle)
        y = -rng.uniform(112, 124) - 90 * s + 6 * np.cos(angle) * -1
        wrap = np.stack([r * 1.02 * np.sin(angle), y, -62 + r * 1.12 * np.cos(angle)], -1)
        parts.append(grid_part(Material.PLAIN, wrap, wrap * 0.05, colour))
    return Headwear(parts, rim - 0.2)


def _headphones(rng, table, colour) -> list[Part]:
    arc = np.linspace(-1.45, 1.45, 20)
    band = over_head(table, np.where(arc < 0, -np.pi / 2, np.pi / 2), np.pi / 2 - np.abs(arc), rng.uniform(4, 22))
    parts = [tube(band, rng.uniform(3, 9), Material.PLAIN, colour, closed=False)]
    size = rng.uniform(20, 40)
    for side in (-1, 1):
        parts.append(ellipsoid((side * 86, -12, -78), np.diag([14, size, size]), Material.PLAIN, colour))
    return parts
