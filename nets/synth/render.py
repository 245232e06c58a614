# SPDX-License-Identifier: GPL-3.0-or-later
"""Renders parts before a background, under random light."""

import numpy as np

from nets.raster import rasterise, vertex_normals
from nets.synth.background import draw_background
from nets.synth.face import Camera
from nets.synth.parts import Material, Part
from nets.synth.shading import Eyes, Light, draw_eyes, draw_light, shade
from nets.synth.skin import Skin

RENDER_SIZE = 232
CLEAR = 0.6  # opacity from which a see-through part hides what is behind it
UNLIT_INSIDES = {Material.MOUTH: 0.35, Material.TEETH: 0.6, Material.EYE: 0.75}  # their share of the ambient light


def render(
    rng: np.random.Generator, parts: list[Part], camera: Camera, skin: Skin, occlusion: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """(sRGB image (S, S, 3) u1, inverse depth (S, S) of what is seen, -inf for the background).

    occlusion: share of the ambient light that reaches the head's vertices, from the first on; parts of the head's own
    vertices take theirs from it.
    """
    image = draw_background(rng, RENDER_SIZE)
    z = np.full(image.shape[:2], -np.inf, np.float32)
    solid = [part for part in parts if part.material < Material.LENS]
    see_through = [part for part in parts if part.material >= Material.LENS]
    if solid:
        vertices, casters = _joined([p for p in solid if p.material not in (Material.MOUTH, Material.TEETH)])
        light, eyes = draw_light(rng, vertices @ camera.rotation.T, casters), draw_eyes(rng)
        exposure = None
        for layer in filter(None, (solid, see_through)):
            shaded, layer_z = _render_layer(layer, camera, skin, eyes, light, occlusion)
            exposure = exposure or _expose(rng, shaded)
            alpha = shaded[..., 3:] * (layer_z > z)[..., None]
            image = image * (1 - alpha) + shaded[..., :3] * exposure * alpha
            z = np.maximum(z, np.where(shaded[..., 3] > CLEAR, layer_z, -np.inf))
    return (np.clip(image, 0, 1) ** (1 / 2.2) * 255).astype(np.uint8), z


def _joined(parts: list[Part]) -> tuple[np.ndarray, np.ndarray]:
    """Vertices (V, 3) and triangles (M, 3) of all parts in one array each."""
    offsets = np.cumsum([0] + [len(part.vertices) for part in parts[:-1]])
    triangles = [part.triangles + offset for part, offset in zip(parts, offsets, strict=True)]
    return np.concatenate([part.vertices for part in parts]), np.concatenate(triangles).astype(np.int32)


def _render_layer(
    parts: list[Part], camera: Camera, skin: Skin, eyes: Eyes, light: Light, occlusion: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    vertices, triangles = _joined(parts)
    triangle_part = np.repeat(np.arange(len(parts), dtype=np.int32), [len(part.triangles) for part in parts])
    material = np.array([part.material for part in parts], np.int32)
    colour = np.array([part.colour for part in parts], np.float32)
    screen, inverse_depth = camera.project(vertices), camera.inverse_depth(vertices)
    screen[:, 2] = inverse_depth
    raster = rasterise(screen, triangles, (RENDER_SIZE, RENDER_SIZE), inverse_depth)
    view = vertices @ camera.rotation.T
    local = np.concatenate([part.local for part in parts])
    ambient = np.concatenate([_ambient(part, occlusion) for part in parts])[:, None]
    attributes = np.concatenate([view, vertex_normals(view, triangles), local, ambient], 1, dtype=np.float32)
    gloss = skin.gloss[..., None]
    return shade(
        raster, triangles, attributes, triangle_part, material, colour, skin.albedo, gloss, eyes, light
    ), raster.z


def _ambient(part: Part, occlusion: np.ndarray) -> np.ndarray:
    if part.of_head:
        return occlusion[: len(part.vertices)]
    return np.full(len(part.vertices), UNLIT_INSIDES.get(part.material, 1.0), np.float32)


def _expose(rng: np.random.Generator, shaded: np.ndarray) -> float:
    """A camera's exposure of the scene, now and then a wrong one."""
    seen = shaded[shaded[..., 3] > 0]
    if not len(seen):
        return 1.0
    bright = np.percentile(seen[:, 1], 85) + 1e-3
    return float(rng.choice([0.25, 0.5, 0.8, 1.3], p=[0.2, 0.45, 0.28, 0.07]) * rng.uniform(0.7, 1.3) * (bright**-0.75))
