# SPDX-License-Identifier: GPL-3.0-or-later
"""Draws lines, dots and words over a region, in its pixels: x right, y up, from the lower left corner."""

import blf
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

from ..scene.photo_view import ui_scale

SHADOW = (0.0, 0.0, 0.0, 0.7)
FONT = 0


def draw_lines(points: np.ndarray, colour: tuple, width: float = 1.5) -> None:
    """Draw K lines. points: (2 K, 2), pixels, the two ends of each."""
    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    shader.bind()
    shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
    shader.uniform_float("lineWidth", width * ui_scale())
    shader.uniform_float("color", colour)
    _draw(shader, "LINES", pos=np.pad(points, ((0, 0), (0, 1))))


def draw_dots(points: np.ndarray, colour: tuple, size: float = 5.0) -> None:
    """Draw squares of `size` pixels round the points. points: (K, 2), pixels."""
    half = size * ui_scale() / 2
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, -half], [half, half], [-half, half]])
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    shader.bind()
    shader.uniform_float("color", colour)
    _draw(shader, "TRIS", pos=(points[:, None] + corners).reshape(-1, 2))


def draw_strip(left: float, bottom: float, width: float, height: float, colours: np.ndarray) -> None:
    """Draw a bar with a colour gradient. colours: (K, 4), RGBA from left to right."""
    x = np.repeat(np.linspace(left, left + width, len(colours)), 2)
    y = np.tile([bottom, bottom + height], len(colours))
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    _draw(shader, "TRI_STRIP", pos=np.stack([x, y], 1), color=np.repeat(colours, 2, 0))


def draw_picture(texture: gpu.types.GPUTexture, corners: np.ndarray, places: np.ndarray) -> None:
    """Draw a picture. corners: (4, 2), pixels, in turn; places: (4, 2) of it, from 0 to 1."""
    shader = gpu.shader.from_builtin("IMAGE")
    shader.bind()
    shader.uniform_sampler("image", texture)
    _draw(shader, "TRI_FAN", pos=corners, texCoord=places)


def draw_text(text: str, x: float, y: float, size: float = 11.0, colour: tuple = (1.0, 1.0, 1.0, 1.0)) -> None:
    blf.size(FONT, size * ui_scale())
    blf.enable(FONT, blf.SHADOW)
    blf.shadow(FONT, 3, *SHADOW)
    blf.color(FONT, *colour)
    blf.position(FONT, x, y, 0)
    blf.draw(FONT, text)
    blf.disable(FONT, blf.SHADOW)


def text_width(text: str, size: float = 11.0) -> float:
    blf.size(FONT, size * ui_scale())
    return blf.dimensions(FONT, text)[0]


def _draw(shader, kind, **arrays):
    depth = gpu.state.depth_test_get()  # Image Editors have one
    gpu.state.depth_test_set("NONE")
    gpu.state.blend_set("ALPHA")
    batch_for_shader(shader, kind, {name: array.astype(np.float32) for name, array in arrays.items()}).draw(shader)
    gpu.state.blend_set("NONE")
    gpu.state.depth_test_set(depth)
