# SPDX-License-Identifier: GPL-3.0-or-later
"""The parts of scenes: meshes in the canonical frame, millimetres, each of one material."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np


class Material(IntEnum):
    """The material of a triangle, which gives `Part.local` its meaning, see nets/lab/synth/shading.py.

    LENS and all later ones are see-through.
    """

    SKIN = 0
    BODY = 1
    EYE = 2
    TEETH = 3
    MOUTH = 4
    STRANDS = 5
    PLAIN = 6
    PRINT = 7
    LENS = 8


@dataclass(frozen=True)
class Part:
    """A mesh of one material.

    vertices: (V, 3) float32, canonical, millimetres
    triangles: (M, 3) int32
    local: (V, 3) float32, coordinates whose meaning depends on the material, see nets/lab/synth/shading.py
    colour: (3,) float32, linear

    Only the head's own surface has:
    normals: (V, 3)
    ambient: (V,), share of the light from all around that reaches each vertex
    hair: (V,), how densely hair covers it, in [0, 1]
    """

    material: Material
    vertices: np.ndarray
    triangles: np.ndarray
    local: np.ndarray
    colour: np.ndarray
    normals: np.ndarray | None = None
    ambient: np.ndarray | None = None
    hair: np.ndarray | None = None


def grid_triangles(rows: int, columns: int) -> np.ndarray:
    """Return the triangles (M, 3) int32 of a grid of rows x columns vertices."""
    index = np.arange(rows * columns, dtype=np.int32).reshape(rows, columns)
    a, b, c, d = index[:-1, :-1].ravel(), index[:-1, 1:].ravel(), index[1:, 1:].ravel(), index[1:, :-1].ravel()
    return np.concatenate([np.stack([a, c, b], 1), np.stack([a, d, c], 1)])


def grid_part(material: Material, vertices: np.ndarray, local: np.ndarray, colour: np.ndarray) -> Part:
    """Make a part of a grid of vertices (rows, columns, 3)."""
    rows, columns = vertices.shape[:2]
    flat = vertices.reshape(-1, 3).astype(np.float32)
    return Part(material, flat, grid_triangles(rows, columns), local.reshape(-1, 3).astype(np.float32), colour)


def tube(path: np.ndarray, radius: np.ndarray | float, material: Material, colour: np.ndarray, closed: bool) -> Part:
    """Make a round tube along a path (K, 3), with one radius or one for each point."""
    path = np.concatenate([path, path[:1]]) if closed else path
    tangent = np.gradient(path, axis=0)
    tangent /= np.linalg.norm(tangent, axis=1, keepdims=True) + 1e-9
    side = np.cross(tangent, (0.1, 0.2, 1.0))
    side /= np.linalg.norm(side, axis=1, keepdims=True) + 1e-9
    up = np.cross(side, tangent)
    angle = np.linspace(0, 2 * np.pi, 7 if np.ndim(radius) == 0 else 11)
    ring = np.cos(angle)[None, :, None] * side[:, None] + np.sin(angle)[None, :, None] * up[:, None]
    vertices = path[:, None] + np.broadcast_to(radius, len(path))[:, None, None] * ring
    return grid_part(material, vertices, vertices * 0.05, colour)


def ellipsoid(centre: np.ndarray | tuple, axes: np.ndarray, material: Material, colour: np.ndarray) -> Part:
    """Make an ellipsoid whose semi-axes are the rows of axes (3, 3)."""
    theta = np.linspace(0, np.pi, 12)[:, None]
    phi = np.linspace(0, 2 * np.pi, 18)[None]
    unit = np.stack([np.sin(theta) * np.cos(phi), np.cos(theta) + 0 * phi, np.sin(theta) * np.sin(phi)], -1)
    vertices = np.asarray(centre) + unit @ np.asarray(axes)
    return grid_part(material, vertices, vertices * 0.05, colour)


def cloth_colour(rng: np.random.Generator) -> np.ndarray:
    """Draw a linear colour (3,) float32 of cloth and objects: mostly dark, white, grey or muted, seldom bright."""
    value = rng.choice([rng.uniform(0.005, 0.05), rng.uniform(0.03, 0.3), rng.uniform(0.4, 0.85)], p=[0.4, 0.35, 0.25])
    saturation = rng.beta(1, 3) if rng.random() < 0.85 else rng.uniform(0.5, 1)
    hue = rng.random(3)
    hue /= hue.max()
    return (value * (1 - saturation + saturation * hue**1.5)).astype(np.float32)
