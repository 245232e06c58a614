# SPDX-License-Identifier: GPL-3.0-or-later
"""Shading of rasterised parts, pixel by pixel, with light in linear RGB.

The local coordinates of a vertex depend on its material. SKIN: chart coordinates (u, v, unused). EYE: the direction
from the eyeball's centre in the frame of the gaze. STRANDS: (across, along, unused), counted in strands or ribs. PRINT:
(x, y, contrast), counted in stripes. LENS: (x, y, opacity). All others: a position for noise.
"""

import math
from dataclasses import dataclass

import numba
import numpy as np

from nets.lab.raster import Raster
from nets.lab.synth.light import Light, lit
from nets.lab.synth.noise import value_noise
from nets.lab.synth.parts import Material

SKIN, BODY, EYE, TEETH = int(Material.SKIN), int(Material.BODY), int(Material.EYE), int(Material.TEETH)
MOUTH, STRANDS, PRINT, LENS = int(Material.MOUTH), int(Material.STRANDS), int(Material.PRINT), int(Material.LENS)

SKIN_LIFT = 3.0  # millimetres over a surface at which its shadow is read, so that it does not shade itself


@dataclass(frozen=True)
class Eyes:
    """The look of a pair of eyes.

    iris, sclera: (3,), linear colours
    iris_angle, pupil_angle: radians, measured at the eyeball's centre
    """

    iris: np.ndarray
    sclera: np.ndarray
    iris_angle: float
    pupil_angle: float


def draw_eyes(rng: np.random.Generator) -> Eyes:
    """Draw the colours of eyes, from dark brown to grey, and the size of their pupils."""
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
    colour = iris[rng.choice(6, p=[0.35, 0.25, 0.12, 0.08, 0.12, 0.08])] * rng.uniform(0.4, 1.1)
    sclera = rng.uniform(0.28, 0.56) * np.array([1, rng.uniform(0.85, 1), rng.uniform(0.78, 0.98)])
    return Eyes(colour.astype(np.float32), sclera.astype(np.float32), rng.uniform(0.37, 0.43), rng.uniform(0.09, 0.22))


def shade(
    raster: Raster,
    triangles: np.ndarray,
    attributes: np.ndarray,
    triangle_part: np.ndarray,
    part_material: np.ndarray,
    part_colour: np.ndarray,
    skin_albedo: np.ndarray,
    skin_gloss: np.ndarray,
    hair_colour: np.ndarray,
    eyes: Eyes,
    light: Light,
) -> np.ndarray:
    """Return linear RGB and opacity (H, W, 4) float32 of what the raster shows; zero where nothing is.

    attributes: (V, 11) float32, position and normal in the view frame, local coordinates, ambient occlusion, hair cover
    triangle_part: (M,) int32, index into part_material: (P,) int32 and part_colour: (P, 3) float32
    """
    out = np.zeros((*raster.triangle.shape, 4), np.float32)
    _shade(
        raster.triangle, raster.barycentric, triangles, attributes, triangle_part, part_material, part_colour,
        skin_albedo, skin_gloss, hair_colour, eyes.iris, eyes.sclera, eyes.iris_angle, eyes.pupil_angle, light.key,
        light.sky, light.ground, light.side, light.gloss, light.shadow_map, light.to_shadow, light.pattern, out,
    )  # fmt: skip
    return out


@numba.njit(cache=True, fastmath=True)
def _texel(texture, u, v, k):
    """Return channel k of a texture at (u, v), bilinear."""
    size = texture.shape[0]
    x, y = min(max(u * size - 0.5, 0.0), size - 1.001), min(max((1 - v) * size - 0.5, 0.0), size - 1.001)
    c, r = int(x), int(y)
    fx, fy = x - c, y - r
    top = texture[r, c, k] * (1 - fx) + texture[r, c + 1, k] * fx
    return top * (1 - fy) + (texture[r + 1, c, k] * (1 - fx) + texture[r + 1, c + 1, k] * fx) * fy


@numba.njit(cache=True, fastmath=True)
def _shade(
    triangle, barycentric, triangles, attributes, triangle_part, part_material, part_colour, skin_albedo, skin_gloss,
    hair_colour, iris, sclera, iris_angle, pupil_angle, key, sky, ground, side, gloss, shadow_map, to_shadow, pattern,
    out,
):  # fmt: skip
    height, width = triangle.shape
    a = np.zeros(11, np.float32)
    albedo, place = np.zeros(3, np.float32), np.zeros(3, np.float32)
    for row in range(height):
        for column in range(width):
            m = triangle[row, column]
            if m < 0:
                continue
            for k in range(11):
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
            alpha, shine, soft, exponent, shadowless = 1.0, 0.0, 0.0, gloss[0], 0.0
            for k in range(3):
                albedo[k] = part_colour[part, k]
            if material in (SKIN, BODY):
                if material == SKIN:
                    for k in range(3):
                        albedo[k] = _texel(skin_albedo, a[6], a[7], k)
                    shine = gloss[1] * _texel(skin_gloss, a[6], a[7], 0)
                else:
                    grain = 0.96 + 0.08 * value_noise(a[6] * 3, a[7] * 3, a[8] * 3)
                    for k in range(3):
                        albedo[k] *= grain
                    shine = gloss[1] * 0.45
                if a[10] > 0.02:
                    speck = value_noise(a[0] * 0.9, a[1] * 0.9, a[2] * 0.9)
                    hidden = min(max(a[10] * 1.25 + (speck - 0.5) * 0.9 * a[10] * (1 - a[10]) * 4, 0.0), 1.0)
                    for k in range(3):
                        albedo[k] += (hair_colour[k] * 0.7 - albedo[k]) * hidden
                    shine *= 1 - 0.8 * hidden
                soft = 1.0
            elif material == EYE:
                angle = math.acos(min(max(a[8], -1.0), 1.0))
                edge = min(max((iris_angle - angle) / 0.05 + 0.5, 0.0), 1.0)
                below_lid = 1 - 0.5 * min(max((a[7] + 0.05) * 3.5, 0.0), 1.0)
                # The lid shades the eye below it; rays and a dark rim structure the iris.
                rays = 0.7 + 0.6 * value_noise(math.atan2(a[7], a[6]) * 7, angle * 5, 0.5)
                rim = 0.45 + 0.55 * min(1.0, (iris_angle - angle) / 0.08) if angle < iris_angle else 1.0
                for k in range(3):
                    coloured = 0.003 if angle < pupil_angle else iris[k] * rays * rim
                    albedo[k] = (sclera[k] * (1 - edge) + coloured * edge) * below_lid
                albedo[0] += 0.05 * (1 - edge) * angle
                shine, exponent, soft = 0.9, 160.0, 0.7
            elif material == TEETH:
                shine, exponent, soft = 0.25, 40.0, 0.7
            elif material == MOUTH:
                shine, exponent = 0.15, 30.0
            elif material == STRANDS:
                grain = 0.55 + 0.6 * value_noise(a[6], a[7], a[8]) + 0.3 * value_noise(a[6] * 3.1, a[7] * 1.7, a[8])
                for k in range(3):
                    albedo[k] *= grain
                shine, exponent = 0.03, 12.0
            elif material == PRINT:
                band = (1 if a[6] - math.floor(a[6]) < 0.5 else 0) + (1 if a[7] - math.floor(a[7]) < 0.4 else 0)
                for k in range(3):
                    albedo[k] += (0.8 - albedo[k]) * 0.5 * band * a[8]
            elif material == LENS:
                glare = min(max((value_noise(a[6] * 2 + 3, a[7] * 2, 0.5 + part) - 0.6) * 4, 0.0), 1.0)
                mirror = max(0.0, a[7] + 0.2) * 0.5
                alpha = min(1.0, a[8] + 0.5 * glare)
                for k in range(3):
                    tinted = albedo[k] * (0.2 + mirror) * (1 - glare)
                    albedo[k] = tinted + 1.2 * glare * a[8] + 0.7 * glare * (1 - a[8])
                shine, exponent, shadowless = 0.4, 90.0, 1.0
            else:
                grain = 0.8 + 0.4 * value_noise(a[6], a[7], a[8])
                for k in range(3):
                    albedo[k] *= grain
                shine, exponent = 0.05, 20.0
            place[0], place[1], place[2] = a[0] + SKIN_LIFT * nx, a[1] + SKIN_LIFT * ny, a[2] + SKIN_LIFT * nz
            reached = 1.0 if shadowless else lit(place, shadow_map, to_shadow, pattern)
            up = 0.5 + 0.5 * ny
            grazing = (1 - nz) ** 4  # Fresnel: surfaces seen edge-on reflect more
            for k in range(3):
                soft_light = ground[k] + (sky[k] - ground[k]) * up + side[k] * nx
                ambient = max(soft_light, 0.0) * a[9]
                out[row, column, k] = albedo[k] * ambient + shine * 0.5 * grazing * sky[k] * a[9]
            for j in range(key.shape[0]):
                lx, ly, lz = key[j, 0, 0], key[j, 0, 1], key[j, 0, 2]
                cosine = nx * lx + ny * ly + nz * lz
                if cosine < -0.3:
                    continue
                reach = reached if j == 0 else 0.3 + 0.7 * a[9]
                specular = 0.0
                if cosine > 0 and shine > 0:
                    half = math.sqrt(lx * lx + ly * ly + (lz + 1) ** 2) + 1e-6
                    highlight = max(0.0, (nx * lx + ny * ly + nz * (lz + 1)) / half)
                    specular = reach * shine * (1 + 2 * grazing) * highlight**exponent
                for k in range(3):
                    # Light that has passed through skin comes out redder, and reaches further into a shadow.
                    wrap = soft * (0.3 if k == 0 else (0.13 if k == 1 else 0.08))
                    through = reach + (soft * 0.48 * (1 - reach) * reach if k == 0 else 0.0)
                    diffuse = through * max(0.0, (cosine + wrap) / (1 + wrap))
                    out[row, column, k] += key[j, 1, k] * (albedo[k] * diffuse + specular)
            out[row, column, 3] = alpha
