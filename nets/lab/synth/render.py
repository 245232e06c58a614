# SPDX-License-Identifier: GPL-3.0-or-later
"""Rendering of parts and strands in front of a background, under random light."""

from dataclasses import dataclass, replace

import numpy as np

from nets.lab.raster import rasterise, vertex_normals
from nets.lab.synth.face import Camera
from nets.lab.synth.light import Light, draw_light
from nets.lab.synth.parts import Material, Part
from nets.lab.synth.shading import Eyes, draw_eyes, shade
from nets.lab.synth.skin import Skin
from nets.lab.synth.strands import Strands, draw_strands, shade_map_with

RENDER_SIZE = 232  # pixels of a rendered picture's side that is stored with STORED_SIZE
CLEAR = 0.6  # opacity from which a see-through part hides what is behind it
UNLIT_INSIDES = {Material.MOUTH: 0.35, Material.TEETH: 0.6, Material.EYE: 0.55}  # their share of the ambient light
FADE = 30  # of RENDER_SIZE pixels, at either side, over which a foreground fades
SHOULDER = 0.65  # linear light above which a picture's highlights are compressed


@dataclass(frozen=True)
class Picture:
    """A rendered picture.

    image: (S, S, 3) float32, linear
    alpha: (S, S) float32, how much of the background is hidden
    z: (S, S) float32, inverse depth of the visible surface, -inf for the background
    """

    image: np.ndarray
    alpha: np.ndarray
    z: np.ndarray


def render(
    rng: np.random.Generator, parts: list[Part], strands: list[Strands], camera: Camera, skin: Skin,
    background: np.ndarray,
) -> Picture:  # fmt: skip
    """Render a scene in front of a background (S, S, 3) float32, linear."""
    image = background.copy()
    picture = Picture(image, np.zeros(image.shape[:2], np.float32), np.full(image.shape[:2], -np.inf, np.float32))
    solid = [part for part in parts if part.material < Material.LENS]
    see_through = [part for part in parts if part.material >= Material.LENS]
    if not solid:
        return picture
    vertices, casters = _joined([p for p in solid if p.material not in (Material.MOUTH, Material.TEETH)])
    light, eyes = draw_light(rng, vertices @ camera.rotation.T, casters), draw_eyes(rng)
    if light.shadow_map.size:
        for hair in strands:
            shade_map_with(hair, camera.rotation, light.shadow_map, light.to_shadow)
    exposure = _composite(picture, solid, camera, skin, eyes, light, rng)
    for hair in strands:
        cover = draw_strands(image, picture.z, hair, camera, light, exposure)
        np.maximum(picture.alpha, cover, out=picture.alpha)
    if see_through:
        _composite(picture, see_through, camera, skin, eyes, light, exposure)
    return picture


def to_srgb(image: np.ndarray) -> np.ndarray:
    """Convert linear light (S, S, 3) to sRGB, uint8; highlights are compressed softly, as cameras do."""
    over = np.maximum(image - SHOULDER, 0)
    bright = SHOULDER + (1 - SHOULDER) * (1 - np.exp(-over / (1 - SHOULDER)))
    return (np.where(image > SHOULDER, bright, np.maximum(image, 0)) ** np.float32(1 / 2.2) * 255).astype(np.uint8)


def _joined(parts: list[Part]) -> tuple[np.ndarray, np.ndarray]:
    """Join the vertices (V, 3) and the triangles (M, 3) of all parts."""
    offsets = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    triangles = [part.triangles + offset for part, offset in zip(parts, offsets, strict=True)]
    return np.concatenate([part.vertices for part in parts]), np.concatenate(triangles).astype(np.int32)


def _composite(
    picture: Picture, parts: list[Part], camera: Camera, skin: Skin, eyes: Eyes, light: Light,
    exposure: float | np.random.Generator,
) -> float:  # fmt: skip
    """Draw parts over a picture, in place, and return the exposure.

    exposure: the exposure to use, or the random generator that draws one for what is visible
    """
    vertices, triangles = _joined(parts)
    triangle_part = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.triangles) for part in parts])
    material = np.array([part.material for part in parts], np.int32)
    colour = np.array([part.colour for part in parts], np.float32)
    screen, inverse_depth = camera.project(vertices), camera.inverse_depth(vertices)
    screen[:, 2] = inverse_depth
    raster = rasterise(screen, triangles, picture.z.shape, inverse_depth)
    attributes = np.concatenate([_attributes(part, camera) for part in parts])
    shaded = shade(
        raster, triangles, attributes, triangle_part, material, colour, skin.albedo, skin.gloss[..., None],
        skin.hair_colour, eyes, light,
    )  # fmt: skip
    if isinstance(exposure, np.random.Generator):
        exposure = _expose(exposure, shaded)
    alpha = shaded[..., 3:] * (raster.z > picture.z)[..., None]
    picture.image[:] = picture.image * (1 - alpha) + shaded[..., :3] * exposure * alpha
    np.maximum(picture.alpha, alpha[..., 0], out=picture.alpha)
    np.maximum(picture.z, np.where(shaded[..., 3] > CLEAR, raster.z, -np.inf), out=picture.z)
    return exposure


def _attributes(part: Part, camera: Camera) -> np.ndarray:
    """Return the attributes (V, 11) float32 of each vertex that nets/lab/synth/shading.py reads."""
    out = np.empty((len(part.vertices), 11), np.float32)
    out[:, :3] = part.vertices @ camera.rotation.T
    normals = vertex_normals(part.vertices, part.triangles) if part.normals is None else part.normals
    out[:, 3:6] = normals @ camera.rotation.T
    out[:, 6:9] = part.local
    out[:, 9] = UNLIT_INSIDES.get(part.material, 1.0) if part.ambient is None else part.ambient
    out[:, 10] = 0 if part.hair is None else part.hair
    return out


def _expose(rng: np.random.Generator, shaded: np.ndarray) -> float:
    """Draw a camera's exposure of the scene, at times a wrong one."""
    visible = shaded[shaded[..., 3] > 0]
    if not len(visible):
        return 1.0
    bright = np.percentile(visible[:, 1], 85) + 1e-3
    # The brightest skin lands between a fifth of white and nearly white; dark faces are brightened less than fully.
    return float(rng.choice([0.2, 0.38, 0.55, 0.9], p=[0.2, 0.48, 0.28, 0.04]) * rng.uniform(0.7, 1.3) * bright**-0.75)


def place_in_front(picture: Picture, other: Picture, shift: tuple[int, int]) -> Picture:
    """Place another picture's foreground, moved by (columns, rows), in front of a picture."""
    moved = [shifted(part, shift) for part in (other.image, other.alpha)]
    alpha = moved[1][..., None]
    return replace(
        picture,
        image=picture.image * (1 - alpha) + moved[0] * alpha,
        alpha=np.maximum(picture.alpha, moved[1]),
        z=np.where(moved[1] > 0.5, np.inf, picture.z).astype(np.float32),
    )


def fade_sides(picture: Picture) -> Picture:
    """Fade a picture's foreground at the sides, where it would look cut off once it is moved."""
    across = np.arange(len(picture.alpha))
    fade = np.clip(np.minimum(across, across[::-1]) / (FADE * len(across) / RENDER_SIZE), 0, 1).astype(np.float32)
    return replace(picture, alpha=picture.alpha * fade)


def shifted(image: np.ndarray, shift: tuple[int, int]) -> np.ndarray:
    """Move an image (S, S[, C]) by (columns, rows); the rest is zero."""
    out = np.zeros_like(image)
    (dx, dy), size = shift, len(image)
    if abs(dx) < size and abs(dy) < size:
        to = np.s_[max(dy, 0) : size + min(dy, 0), max(dx, 0) : size + min(dx, 0)]
        of = np.s_[max(-dy, 0) : size + min(-dy, 0), max(-dx, 0) : size + min(-dx, 0)]
        out[to] = image[of]
    return out
