# SPDX-License-Identifier: GPL-3.0-or-later
"""Shades rasterised parts: one function per pixel, light in linear RGB.

`local` of a vertex means, by material: SKIN chart coordinates (u, v, -); EYE the direction from the eyeball's centre in
the frame of the gaze; STRANDS (across, along, -) in strands; VEIL (across, along 0 root to 2 tip, taper); LENS (x, y,
opacity); others a position for noise.
"""

import math
from dataclasses import dataclass

import numba
import numpy as np

from nets.raster import Raster, depth_buffer
from nets.synth.parts import Material

SKIN, BODY, EYE, TEETH = int(Material.SKIN), int(Material.BODY), int(Material.EYE), int(Material.TEETH)
MOUTH, STRANDS, LENS, VEIL = int(Material.MOUTH), int(Material.STRANDS), int(Material.LENS), int(Material.VEIL)


@dataclass(frozen=True)
class Light:
    """Directions in the view frame (x right, y up, z towards the viewer), linear colours. key (K, 2, 3): direction and
    colour; sky, ground (3,): ambient from above and below; gloss: exponent and strength of the skin's highlight; the
    first key light casts a shadow where shadow_map is given: z (S, S) along it, seen from the light."""

    key: np.ndarray
    sky: np.ndarray
    ground: np.ndarray
    gloss: np.ndarray
    shadow_map: np.ndarray
    to_shadow: np.ndarray


@dataclass(frozen=True)
class Eyes:
    """iris (3,) and sclera (3,) linear colours; iris_angle and pupil_angle in radians at the eyeball's centre."""

    iris: np.ndarray
    sclera: np.ndarray
    iris_angle: float
    pupil_angle: float


def draw_eyes(rng: np.random.Generator) -> Eyes:
    iris = np.array(
        [
            (0.05, 0.02, 0.01),
            (0.1, 0.05, 0.02),
            (0.2, 0.11, 0.05),
            (0.12, 0.15, 0.06),
            (0.1, 0.18, 0.28),
            (0.2, 0.25, 0.28),
        ]
    )
    colour = iris[rng.choice(6, p=[0.35, 0.25, 0.12, 0.08, 0.12, 0.08])] * rng.uniform(0.6, 1.4)
    sclera = rng.uniform(0.45, 0.8) * np.array([1, rng.uniform(0.85, 1), rng.uniform(0.78, 0.98)])
    return Eyes(colour.astype(np.float32), sclera.astype(np.float32), rng.uniform(0.37, 0.43), rng.uniform(0.09, 0.22))


def draw_light(rng: np.random.Generator, vertices: np.ndarray, triangles: np.ndarray) -> Light:
    """Random light on a scene of vertices (V, 3) in the view frame."""
    keys = []
    for k in range(rng.choice([1, 2, 3], p=[0.45, 0.35, 0.2])):
        direction = np.array([rng.normal(0, 0.8), rng.normal(0.35, 0.55), abs(rng.normal(0.7, 0.5)) - 0.15 * (k > 0)])
        warmth = rng.normal(0, 0.12)
        colour = np.array([1 + warmth, 1 + 0.02 * rng.normal(), 1 - warmth]) * rng.uniform(0.3, 1.4) / (1 + 0.7 * k)
        if rng.random() < 0.05:
            colour *= rng.uniform(0.2, 1.5, 3)
        keys.append((direction / np.linalg.norm(direction), colour))
    ambient = rng.uniform(0.12, 1.0)
    sky = ambient * rng.uniform(0.75, 1.1, 3)
    ground = sky * rng.uniform(0.25, 1.0) * rng.uniform(0.85, 1.1, 3)
    gloss = np.array([rng.uniform(6, 40), rng.beta(1.5, 3) * 0.5])
    key = np.array(keys, np.float32)
    shadow_map, to_shadow = np.zeros((0, 0), np.float32), np.zeros((3, 4), np.float32)
    if rng.random() < 0.5:
        shadow_map, to_shadow = cast_shadow(key[0, 0], vertices, triangles)
    return Light(
        key, sky.astype(np.float32), ground.astype(np.float32), gloss.astype(np.float32), shadow_map, to_shadow
    )


def cast_shadow(direction: np.ndarray, vertices: np.ndarray, triangles: np.ndarray, size: int = 176):
    """(z-buffer seen from the light, the affine map (3, 4) into it)."""
    side = np.cross((0.0, 1.0, 0.05), direction)
    side /= np.linalg.norm(side)
    scale = size / 380
    linear = np.stack([side, -np.cross(direction, side), direction]) * np.array([[scale], [scale], [1]])
    offset = np.array([size / 2, size / 2, 0])
    to_shadow = np.concatenate([linear, offset[:, None]], 1).astype(np.float32)
    return depth_buffer(vertices @ to_shadow[:, :3].T + to_shadow[:, 3], triangles, (size, size)), to_shadow


def shade(
    raster: Raster,
    triangles: np.ndarray,
    attributes: np.ndarray,
    triangle_part: np.ndarray,
    part_material: np.ndarray,
    part_colour: np.ndarray,
    skin_albedo: np.ndarray,
    skin_gloss: np.ndarray,
    eyes: Eyes,
    light: Light,
) -> np.ndarray:
    """Linear RGB and opacity (H, W, 4) f4 of what the raster sees; zero where nothing is.

    attributes (V, 10) f4: view-space position, view-space normal, local coordinates, ambient occlusion. triangle_part
    (M,) i4 indexes part_material (P,) i4 and part_colour (P, 3) f4.
    """
    out = np.zeros((*raster.triangle.shape, 4), np.float32)
    _shade(
        raster.triangle, raster.barycentric, triangles, attributes, triangle_part, part_material, part_colour,
        skin_albedo, skin_gloss, eyes.iris, eyes.sclera, eyes.iris_angle, eyes.pupil_angle, light.key, light.sky,
        light.ground, light.gloss, light.shadow_map, light.to_shadow, out,
    )  # fmt: skip
    return out


@numba.njit(cache=True, fastmath=True)
def _hash(x, y, z):
    n = (x * 374761393 + y * 668265263 + z * 2147483647) & 0xFFFFFFFF
    n = ((n ^ (n >> 13)) * 1274126177) & 0xFFFFFFFF
    return np.float32((n ^ (n >> 16)) & 0xFFFF) / np.float32(65535.0)


@numba.njit(cache=True, fastmath=True)
def _noise(x, y, z):
    """Value noise in [0, 1] with cells of one unit."""
    ix, iy, iz = math.floor(x), math.floor(y), math.floor(z)
    fx, fy, fz = x - ix, y - iy, z - iz
    fx, fy, fz = fx * fx * (3 - 2 * fx), fy * fy * (3 - 2 * fy), fz * fz * (3 - 2 * fz)
    value = np.float32(0)
    for k in range(8):
        dx, dy, dz = k & 1, (k >> 1) & 1, k >> 2
        weight = (fx if dx else 1 - fx) * (fy if dy else 1 - fy) * (fz if dz else 1 - fz)
        value += weight * _hash(int(ix) + dx, int(iy) + dy, int(iz) + dz)
    return value


@numba.njit(cache=True, fastmath=True)
def _texel(texture, u, v, k):
    size = texture.shape[0]
    x, y = min(max(u * size - 0.5, 0.0), size - 1.001), min(max((1 - v) * size - 0.5, 0.0), size - 1.001)
    c, r = int(x), int(y)
    fx, fy = x - c, y - r
    top = texture[r, c, k] * (1 - fx) + texture[r, c + 1, k] * fx
    return top * (1 - fy) + (texture[r + 1, c, k] * (1 - fx) + texture[r + 1, c + 1, k] * fx) * fy


@numba.njit(cache=True, fastmath=True)
def _lit(p, shadow_map, to_shadow):
    """Share of the key light that reaches a view-space point, with a soft edge."""
    size = shadow_map.shape[0]
    if size == 0:
        return np.float32(1)
    x = to_shadow[0, 0] * p[0] + to_shadow[0, 1] * p[1] + to_shadow[0, 2] * p[2] + to_shadow[0, 3]
    y = to_shadow[1, 0] * p[0] + to_shadow[1, 1] * p[1] + to_shadow[1, 2] * p[2] + to_shadow[1, 3]
    z = to_shadow[2, 0] * p[0] + to_shadow[2, 1] * p[1] + to_shadow[2, 2] * p[2] + to_shadow[2, 3] + 4
    lit = np.float32(0)
    for dy in range(-1, 2):
        for dx in range(-1, 2):
            c, r = round(x) + dx, round(y) + dy
            if c < 0 or r < 0 or c >= size or r >= size or shadow_map[r, c] < z:
                lit += np.float32(1 / 9)
    return lit


@numba.njit(cache=True, fastmath=True)
def _shade(
    triangle, barycentric, triangles, attributes, triangle_part, part_material, part_colour, skin_albedo, skin_gloss,
    iris, sclera, iris_angle, pupil_angle, key, sky, ground, gloss, shadow_map, to_shadow, out,
):  # fmt: skip
    height, width = triangle.shape
    a = np.zeros(10, np.float32)
    albedo = np.zeros(3, np.float32)
    for row in range(height):
        for column in range(width):
            m = triangle[row, column]
            if m < 0:
                continue
            for k in range(10):
                a[k] = (
                    barycentric[row, column, 0] * attributes[triangles[m, 0], k]
                    + barycentric[row, column, 1] * attributes[triangles[m, 1], k]
                    + barycentric[row, column, 2] * attributes[triangles[m, 2], k]
                )
            length = math.sqrt(a[3] ** 2 + a[4] ** 2 + a[5] ** 2) + 1e-6
            facing = -1.0 if a[5] < 0 else 1.0
            nx, ny, nz = a[3] / length * facing, a[4] / length * facing, a[5] / length * facing
            part = triangle_part[m]
            material = part_material[part]
            alpha, shine, wrap, exponent, shadowless = 1.0, 0.0, 0.0, gloss[0], 0.0
            for k in range(3):
                albedo[k] = part_colour[part, k]
            if material == SKIN:
                for k in range(3):
                    albedo[k] = _texel(skin_albedo, a[6], a[7], k)
                shine, wrap = gloss[1] * _texel(skin_gloss, a[6], a[7], 0), 0.15
            elif material == BODY:
                grain = 0.9 + 0.2 * _noise(a[6] * 3, a[7] * 3, a[8] * 3)
                for k in range(3):
                    albedo[k] *= grain
                shine, wrap = gloss[1] * 0.5, 0.15
            elif material == EYE:
                angle = math.acos(min(max(a[8], -1.0), 1.0))
                edge = min(max((iris_angle - angle) / 0.05 + 0.5, 0.0), 1.0)
                rays = 0.7 + 0.6 * _noise(math.atan2(a[7], a[6]) * 7, angle * 5, 0.5)
                rim = 0.45 + 0.55 * min(1.0, (iris_angle - angle) / 0.08) if angle < iris_angle else 1.0
                for k in range(3):
                    coloured = 0.003 if angle < pupil_angle else iris[k] * rays * rim
                    albedo[k] = sclera[k] * (1 - edge) + coloured * edge
                albedo[0] += 0.05 * (1 - edge) * angle
                shine, exponent, wrap = 0.9, 180.0, 0.25
            elif material == TEETH:
                shine, exponent, wrap = 0.25, 40.0, 0.3
            elif material == MOUTH:
                shine, exponent = 0.15, 30.0
            elif material == STRANDS:
                grain = 0.45 + 0.75 * _noise(a[6], a[7], a[8]) + 0.35 * _noise(a[6] * 3.1, a[7] * 1.7, a[8])
                for k in range(3):
                    albedo[k] *= grain
                shine, exponent = 0.12 * grain, 12.0
            elif material == VEIL:
                cover = 0.6 * _noise(a[6], a[7] * 0.4, 1.5) + 0.4 * _noise(a[6] * 3.3, a[7] * 0.8, 7.5)
                alpha = min(max((cover - 0.25 - 0.45 * a[8]) * 6, 0.0), 1.0)
                grain = 0.45 + 0.75 * _noise(a[6] * 2.0, a[7], 3.5)
                for k in range(3):
                    albedo[k] *= grain
                shine, exponent = 0.12 * grain, 12.0
            elif material == LENS:
                glare = min(max((_noise(a[6] * 2 + 3, a[7] * 2, 0.5 + part) - 0.62) * 4, 0.0), 1.0)
                alpha = min(1.0, a[8] + 0.5 * glare)
                for k in range(3):
                    albedo[k] = albedo[k] * 0.3 * (1 - glare) + 1.6 * glare * a[8] + 0.7 * glare * (1 - a[8])
                shine, exponent, shadowless = 0.4, 90.0, 1.0
            else:
                grain = 0.75 + 0.5 * _noise(a[6], a[7], a[8])
                for k in range(3):
                    albedo[k] *= grain
                shine, exponent = 0.1, 20.0
            lit = 1.0 if shadowless else _lit(a[:3], shadow_map, to_shadow)
            up = 0.5 + 0.5 * ny
            for k in range(3):
                radiance = (ground[k] + (sky[k] - ground[k]) * up) * a[9]
                specular = 0.0
                for j in range(key.shape[0]):
                    lx, ly, lz = key[j, 0, 0], key[j, 0, 1], key[j, 0, 2]
                    reach = (lit if j == 0 else 0.4 + 0.6 * a[9]) * key[j, 1, k]
                    cosine = nx * lx + ny * ly + nz * lz
                    radiance += reach * max(0.0, (cosine + wrap) / (1 + wrap))
                    half = math.sqrt(lx * lx + ly * ly + (lz + 1) ** 2) + 1e-6
                    highlight = max(0.0, (nx * lx + ny * ly + nz * (lz + 1)) / half)
                    if cosine > 0:
                        specular += reach * shine * highlight**exponent
                out[row, column, k] = albedo[k] * radiance + specular
            out[row, column, 3] = alpha
