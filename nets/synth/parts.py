# SPDX-License-Identifier: GPL-3.0-or-later
"""Things round a face, as meshes in the canonical frame (millimetres): hair, glasses, hands and other occluders,
clothes."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np

from nets.face_model import FACE, HEAD_AND_NECK, FaceModel, triangles_of
from nets.raster import vertex_normals


class Material(IntEnum):
    """What a triangle is made of; `Part.local` means something else for each (see nets/synth/shading.py)."""

    SKIN = 0
    BODY = 1
    EYE = 2
    TEETH = 3
    MOUTH = 4
    STRANDS = 5
    PLAIN = 6
    LENS = 7
    VEIL = 8


@dataclass(frozen=True)
class Part:
    """vertices (V, 3) f4 canonical; triangles (M, 3) i4; local (V, 3) f4 the material's coordinates; colour (3,) f4
    linear; of_head: whether its vertices are the head model's, from the first on."""

    material: Material
    vertices: np.ndarray
    triangles: np.ndarray
    local: np.ndarray
    colour: np.ndarray
    of_head: bool = False


def grid_triangles(rows: int, columns: int) -> np.ndarray:
    """Triangles (M, 3) i4 of a grid of rows x columns vertices."""
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, 1:].ravel(), index[1:, :-1].ravel()
    return np.concatenate([np.stack([a, c, b], 1), np.stack([a, d, c], 1)])


def grid_part(material: Material, vertices: np.ndarray, local: np.ndarray, colour: np.ndarray) -> Part:
    rows, columns = vertices.shape[:2]
    flat = vertices.reshape(-1, 3).astype(np.float32)
    return Part(material, flat, grid_triangles(rows, columns), local.reshape(-1, 3).astype(np.float32), colour)


class Hairdresser:
    """Cuts random hair to a head: a displaced scalp, locks that hang at the sides and the back, a fringe; or a hat or
    scarf."""

    def __init__(self, model: FaceModel):
        ear = np.zeros(len(model.neutral), bool)
        ear[FACE] = (np.abs(model.neutral[FACE, 0]) > 73) & (np.abs(model.neutral[FACE, 1] + 10) < 45)
        faces = model.faces
        outer = (faces < HEAD_AND_NECK.stop).all(1) & ~ear[faces[:, 0]] & ~ear[faces[:, 2]]
        self._triangles = triangles_of(faces[outer])
        x, y, z = model.neutral[: HEAD_AND_NECK.stop].T
        hairline = np.interp(-z, [-20, 0, 25, 45, 60, 75, 95, 180], [72, 66, 52, 18, 12, 0, -20, -55])
        self._height = (y - hairline).astype(np.float32)  # millimetres above the hairline
        self._azimuth = np.arctan2(x, z + 90).astype(np.float32)
        self._skull = model.neutral[: HEAD_AND_NECK.stop]

    def cut(self, rng: np.random.Generator, vertices: np.ndarray, colour: np.ndarray) -> list[Part]:
        """Random hair, hat or scarf for a head (V, 3); about one in nine is bald."""
        kind = rng.choice(["bald", "short", "long", "scarf", "hat"], p=[0.1, 0.47, 0.32, 0.05, 0.06])
        if kind == "bald":
            return []
        material = Material.STRANDS if kind in ("short", "long") else Material.PLAIN
        if material is Material.PLAIN:
            colour = (rng.random(3) ** 2.2 * 0.8).astype(np.float32)
        recede = rng.normal(0, 8) + (12 if kind == "short" and rng.random() < 0.2 else 0) - 10 * (kind == "scarf")
        parts = [self._cap(rng, vertices, colour, material, recede, kind)]
        if kind in ("long", "scarf"):
            parts.append(self._curtain(rng, vertices, colour, material, kind))
        if kind in ("short", "long") and rng.random() < 0.45:
            parts.append(self._fringe(rng, colour, recede))
        if kind == "hat" and rng.random() < 0.7:
            parts.append(self._brim(rng, colour))
        return parts

    def _cap(self, rng, vertices, colour, material, recede, kind) -> Part:
        head = vertices[: HEAD_AND_NECK.stop]
        waves = sum(
            rng.normal(0, 3.5) * np.sin(k * self._azimuth * rng.uniform(0.8, 1.2) + rng.uniform(0, 6.28))
            for k in (1, 2, 4, 7)
        )
        height = self._height - recede + waves + rng.normal(0, 1.5, len(head)).astype(np.float32)
        keep = height[self._triangles].max(1) > 0
        thickness = {
            "short": rng.uniform(2, 30),
            "long": rng.uniform(4, 22),
            "scarf": rng.uniform(4, 10),
            "hat": rng.uniform(8, 30),
        }
        rise = np.clip((height + 4) / rng.uniform(12, 45), 0, 1)
        lumps = 1 + 0.35 * np.sin(self._skull @ rng.normal(0, 0.05, (3, 3))).sum(1) * (kind != "hat")
        normals = vertex_normals(vertices, self._triangles)[: len(head)]
        shell = head + normals * (1.5 + thickness[kind] * rise * lumps)[:, None]
        frequency = rng.uniform(10, 40)
        local = np.stack([self._azimuth * frequency, self._skull[:, 1] * 0.03, self._skull[:, 2] * 0.02], 1)
        return Part(material, shell.astype(np.float32), self._triangles[keep], local.astype(np.float32), colour)

    def _curtain(self, rng, vertices, colour, material, kind) -> Part:
        head = vertices[: HEAD_AND_NECK.stop]
        width, depth = np.abs(head[:, 0]).max() * 0.8, 95.0
        top, bottom = rng.uniform(30, 70), -rng.uniform(40, 190)
        reach = rng.uniform(1.75, 2.45) if kind == "long" else rng.uniform(2.3, 2.6)
        angle = np.linspace(-reach - rng.normal(0, 0.1), reach + rng.normal(0, 0.1), 40)[None]
        t = np.linspace(0, 1, 14)[:, None]
        flare = (
            1.0
            + rng.uniform(0.02, 0.16)
            + rng.uniform(-0.25, 0.3) * t**2
            + 0.03 * np.sin(angle * 9 + rng.uniform(0, 6) + 2 * t)
        )
        x, z = width * flare * np.sin(angle), -80 - depth * flare * np.cos(angle)
        y = top + (bottom - top) * t + 0 * angle
        local = np.stack([angle * rng.uniform(15, 40) + 0 * t, y * 0.02, 0 * y], -1)
        return grid_part(material, np.stack([x + 0 * t, y, z], -1), local, colour)

    def _fringe(self, rng, colour, recede) -> Part:
        """Locks in front of the forehead, see-through between the strands."""
        start, end = np.sort(rng.uniform(-72, 72, 2)) if rng.random() < 0.5 else (-70, 70)
        x = np.linspace(start, max(end, start + 30), 24)[None]
        t = np.linspace(0, 1, 8)[:, None]
        length = rng.uniform(15, 75) * (1 + 0.25 * np.sin(x * rng.uniform(0.02, 0.12) + rng.uniform(0, 6)))
        forehead = 30 - (np.abs(x) / 75) ** 2.4 * 70
        y = 78 - recede - (np.abs(x) / 75) ** 2 * 30 - length * t
        z = forehead - 30 * np.clip((y - 35) / 55, 0, 1.2) ** 1.5 + rng.uniform(5, 13) + 0 * t
        x = x + rng.normal(0, 20) * t + 0 * y
        local = np.stack([x * rng.uniform(0.25, 0.7), 2 * t + 0 * x, t * rng.uniform(0.4, 1.2) + 0 * x], -1)
        return grid_part(Material.VEIL, np.stack([x, y, z], -1), local, colour)

    def _brim(self, rng, colour) -> Part:
        angle = np.linspace(-1.5, 1.5, 24)[None]
        t = np.linspace(0, 1, 6)[:, None]
        reach, y0 = rng.uniform(40, 85), rng.uniform(52, 75)
        x, z = (78 + 0.3 * reach * t) * np.sin(angle), -70 + (85 + reach * t) * np.cos(angle)
        y = y0 - rng.uniform(0, 25) * t - rng.uniform(0, 12) * np.sin(angle) ** 2 + 0 * angle
        return grid_part(Material.PLAIN, np.stack([x, y, z], -1), np.stack([x, y, z], -1) * 0.05, colour)


def tube(path: np.ndarray, radius: float, material: Material, colour: np.ndarray, closed: bool) -> Part:
    """A round tube along a path (K, 3)."""
    path = np.concatenate([path, path[:1]]) if closed else path
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    side = np.cross(tangent, (0.1, 0.2, 1.0))
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-9
    up = np.cross(side, tangent)
    angle = np.linspace(0, 2 * np.pi, 7)
    ring = np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * up[:, None]
    vertices = path[:, None] + radius * ring
    return grid_part(material, vertices, vertices * 0.05, colour)


def glasses(rng: np.random.Generator, landmarks: np.ndarray) -> list[Part]:
    """Spectacles or sunglasses that sit on the nose of a face with canonical landmarks (68, 3)."""
    eyes = np.stack([landmarks[36:42].mean(0), landmarks[42:48].mean(0)])
    nose = landmarks[28]
    half_width, half_height = rng.uniform(20, 32), rng.uniform(13, 27)
    squareness, drop, thickness = rng.uniform(2, 6), rng.uniform(-3, 8), rng.uniform(0.6, 3.2)
    frame = (rng.random(3) ** 2.2 * rng.choice([0.1, 0.1, 0.8])).astype(np.float32)
    dark = rng.random() < 0.4
    lens = np.float32([*(rng.random(2) * 0.15), 0]) if dark else np.float32([0.5, 0.5, 0])
    angle = np.linspace(0, 2 * np.pi, 32, endpoint=False)
    cosine, sine = np.cos(angle), np.sin(angle)
    parts, temples = [], []
    for eye, side in zip(eyes, (-1, 1), strict=True):
        x = eye[0] + side * rng.uniform(0, 3) + half_width * np.sign(cosine) * np.abs(cosine) ** (2 / squareness)
        y = eye[1] - drop + half_height * np.sign(sine) * np.abs(sine) ** (2 / squareness)
        z = nose[2] + rng.uniform(-1, 1) - np.abs(x - nose[0]) ** 2 * 0.0045 + 0 * y
        rim = np.stack([x, y, z], 1)
        if rng.random() > 0.1:
            parts.append(tube(rim, thickness, Material.PLAIN, frame, closed=True))
        centre = rim.mean(0)
        disc = centre + (rim[None] - centre) * np.linspace(0.02, 1, 4)[:, None, None]
        disc = np.concatenate([disc, disc[:, :1]], 1)
        opacity = rng.uniform(0.75, 1.0) if dark else rng.uniform(0.0, 0.2)
        local = np.concatenate([(disc - centre)[..., :2] * 0.03, np.full((*disc.shape[:2], 1), opacity)], -1)
        parts.append(grid_part(Material.LENS, disc, local, lens))
        hinge = np.array([eye[0] + side * half_width, eye[1] + 5 - drop, z[np.argmax(x * side)]])
        temples.append(np.stack([hinge, (side * 74, eye[1] + 3, -45), (side * 78, eye[1] - 5, -100)]))
    bridge_y = nose[1] + rng.uniform(-2, 10)
    bridge = np.stack(
        [(t * (eyes[1, 0] - half_width), bridge_y + 2 * (1 - t * t), nose[2] + 2) for t in np.linspace(-1, 1, 8)]
    )
    parts.append(tube(bridge, thickness, Material.PLAIN, frame, closed=False))
    parts += [tube(temple, max(1.0, thickness * 0.8), Material.PLAIN, frame, closed=False) for temple in temples]
    return parts


def ellipsoid(centre, axes: np.ndarray, material: Material, colour: np.ndarray) -> Part:
    """An ellipsoid with semi-axes as the rows of axes (3, 3)."""
    theta = np.linspace(0, np.pi, 12)[:, None]
    phi = np.linspace(0, 2 * np.pi, 18)[None]
    unit = np.stack([np.sin(theta) * np.cos(phi), np.cos(theta) + 0 * phi, np.sin(theta) * np.sin(phi)], -1)
    vertices = np.asarray(centre) + unit @ np.asarray(axes)
    return grid_part(material, vertices, vertices * 0.05, colour)


def hand(rng: np.random.Generator, skin: np.ndarray) -> list[Part]:
    """A hand, or a thing of its size, at or in front of the lower or lateral face."""
    azimuth = rng.uniform(-1.3, 1.3)
    centre = np.array([85 * np.sin(azimuth), rng.uniform(-110, 40), 35 * np.cos(azimuth) + rng.uniform(-15, 40)])
    direction = np.array([-np.sin(azimuth) * rng.uniform(0.2, 1), rng.uniform(0.2, 1.2), rng.normal(0, 0.15)])
    direction /= np.linalg.norm(direction)
    across = np.cross(direction, (0, 0, 1))
    across /= np.linalg.norm(across)
    deep = np.cross(direction, across)
    if rng.random() < 0.3:  # a phone, a cup, a microphone
        colour = (rng.random(3) ** 2.2).astype(np.float32)
        size = rng.uniform(10, 40, 3)
        return [
            ellipsoid(
                centre, np.stack([across * size[0], direction * size[1] * 2, deep * size[2]]), Material.PLAIN, colour
            )
        ]
    parts = [ellipsoid(centre, np.stack([across * 38, direction * 45, deep * 14]), Material.BODY, skin)]
    curl = rng.uniform(-0.4, 0.4)
    for k in range(4):
        root = centre + across * (k - 1.5) * 18 + direction * 38
        spread = direction + across * (k - 1.5) * rng.uniform(0.02, 0.2) + deep * curl
        path = root + np.linspace(0, rng.uniform(55, 80), 6)[:, None] * spread
        parts.append(tube(path, 8.5, Material.BODY, skin, closed=False))
        parts.append(ellipsoid(path[-1], np.eye(3) * 8.5, Material.BODY, skin))
    return parts


def clothes(rng: np.random.Generator) -> list[Part]:
    """Shoulders, and at times a collar."""
    colour = (rng.random(3) ** 2.2 * rng.uniform(0.2, 0.9)).astype(np.float32)
    parts = [
        ellipsoid((0, -rng.uniform(265, 300), -85), np.diag([rng.uniform(190, 240), 115, 105]), Material.PLAIN, colour)
    ]
    if rng.random() < 0.4:
        angle = np.linspace(-np.pi, np.pi, 30)[None]
        t = np.linspace(0, 1, 4)[:, None]
        radius = rng.uniform(62, 80) + 10 * t
        y = rng.uniform(-150, -110) - 55 * t + 12 * np.cos(angle) * -1
        collar = np.stack([radius * np.sin(angle), y, -70 + radius * 1.05 * np.cos(angle)], -1)
        parts.append(grid_part(Material.PLAIN, collar, collar * 0.05, colour))
    return parts
