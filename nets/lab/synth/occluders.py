# SPDX-License-Identifier: GPL-3.0-or-later
"""Hands in front of a face or next to it, and objects: phones, cups, microphones, sheets."""

import numpy as np

from nets.lab.synth.parts import Material, Part, cloth_colour, ellipsoid, grid_part, tube

FINGERS = ((-27, 62, 7.2), (-9, 74, 8.0), (9, 78, 8.0), (26, 70, 8.0))  # millimetres: root across, length, radius


def hand(rng: np.random.Generator, skin: np.ndarray) -> list[Part]:
    """Draw a hand of skin colour (3,) at the chin, the cheek or in front of the face, at times with an object."""
    azimuth = rng.uniform(-1.35, 1.35)
    wrist = np.array([95 * np.sin(azimuth), rng.uniform(-190, -70), 45 * np.cos(azimuth) + rng.uniform(-15, 30)])
    along = np.array([-np.sin(azimuth) * rng.uniform(0.1, 0.9), rng.uniform(0.3, 1.2), rng.normal(0, 0.1)])
    along /= np.linalg.norm(along)
    deep = np.array([np.sin(azimuth), 0, np.cos(azimuth)]) + rng.normal(0, 0.2, 3)
    across = np.cross(along, deep)
    across /= np.linalg.norm(across)
    deep = np.cross(across, along)
    palm = wrist + along * 25
    colour = skin * rng.uniform(0.9, 1.05, 3).astype(np.float32)
    parts = [ellipsoid(palm, np.stack([across * 37, along * 46, deep * 13]), Material.BODY, colour)]
    arm = np.stack([wrist + along * 5, wrist - along * 60 - deep * 5, wrist - along * 200 + (0, -60, -20)])
    parts.append(tube(arm, np.array([24.0, 27.0, 36.0]), Material.BODY, colour, closed=False))
    curl, fan = rng.uniform(-0.1, 1.2), rng.uniform(0, 0.22)
    mirrored = rng.choice([-1, 1])
    for root, length, radius in FINGERS:
        parts.append(
            _finger(
                palm + across * 0.9 * root * mirrored + along * 26,
                along + across * fan * root * mirrored / 27,
                deep,
                length,
                radius,
                curl * rng.uniform(0.8, 1.2),
                colour,
            )
        )
    thumb = palm + across * 24 * mirrored - along * 8
    parts.append(
        _finger(thumb, along * 0.7 + across * mirrored * rng.uniform(0.2, 0.8), deep, 58, 9.5, 0.4 * curl, colour)
    )
    if rng.random() < 0.3:
        parts += [_object(rng, palm - deep * 22 + along * 25, across, along, deep)]
    return parts


def _finger(root, direction, deep, length, radius, curl, colour) -> Part:
    direction = direction / np.linalg.norm(direction)
    t = np.linspace(0, 1, 9)
    angle = curl * np.clip((t - 0.25) * 2, 0, 1.4)
    step = length / (len(t) - 1) * (np.cos(angle)[:, None] * direction - np.sin(angle)[:, None] * deep)
    path = root + np.cumsum(step, 0)
    knuckles = 1 + 0.07 * np.sin(t * 9) - 0.18 * t
    tip = np.sqrt(np.clip((1.03 - t) * 8, 0, 1))
    return tube(path, radius * knuckles * tip, Material.BODY, colour, closed=False)


def foreground_object(rng: np.random.Generator) -> Part:
    """Draw an object in front of the lower face or next to it, without a hand."""
    azimuth = rng.uniform(-1.2, 1.2)
    out = np.array([np.sin(azimuth), 0, np.cos(azimuth)])
    centre = out * rng.uniform(85, 120) + (0, rng.uniform(-140, -55), -60)
    up = np.array([rng.normal(0, 0.4), 1, rng.normal(0, 0.3)])
    up /= np.linalg.norm(up)
    across = np.cross(up, out)
    across /= np.linalg.norm(across)
    return _object(rng, centre, across, up, np.cross(across, up))


def _object(rng, centre, across, along, deep) -> Part:
    kind, colour = rng.integers(4), cloth_colour(rng)
    if kind == 0:  # a phone, a card, a sheet
        half = rng.choice([36, rng.uniform(30, 110)])
        x, y = np.meshgrid(np.linspace(-half, half, 5), np.linspace(-75, 75, 5))
        points = centre + x[..., None] * across + y[..., None] * along
        return grid_part(Material.PLAIN, points, points * 0.01, colour)
    if kind == 1:  # a cup, a bottle
        radius = rng.uniform(25, 42) * np.array([0.05, 0.85, 1, 1, 0.05])
        path = centre + np.array([-55, -54, 0, 45, 46])[:, None] * along
        return tube(path, radius, Material.PLAIN, colour, closed=False)
    if kind == 2:  # a microphone
        radius = rng.uniform(0.8, 1.5) * np.array([9, 11, 13, 24, 26, 22, 3])
        path = centre + np.array([-160, -60, -30, -12, 2, 18, 27])[:, None] * along
        return tube(path, radius, Material.PLAIN, colour * 0.3, closed=False)
    size = rng.uniform(8, 40, 3)
    return ellipsoid(centre, np.stack([across * size[0], along * size[1], deep * size[2]]), Material.PLAIN, colour)
