# SPDX-License-Identifier: GPL-3.0-or-later
"""Lines, dots and words over a region, in its pixels: x right, y up, from the lower left corner."""

import blf
import bpy
import gpu
import numpy as np
from gpu_extras.batch import batch_for_shader

SHADOW = (0.0, 0.0, 0.0, 0.7)
FONT = 0


def scale() -> float:
    """Pixels of the screen per pixel of the user interface."""
    return bpy.context.preferences.system.ui_scale


def draw_lines(points: np.ndarray, colour: tuple, width: float = 1.5) -> None:
    """points: (2 K, 2), the ends of K lines."""
    shader = gpu.shader.from_builtin("POLYLINE_UNIFORM_COLOR")
    shader.bind()
    shader.uniform_float("viewportSize", gpu.state.viewport_get()[2:])
    shader.uniform_float("lineWidth", width * scale())
    shader.uniform_float("color", colour)
    _draw(shader, "LINES", pos=np.pad(points, ((0, 0), (0, 1))))


def draw_dots(points: np.ndarray, colour: tuple, size: float = 5.0) -> None:
    """Squares of `size` round points (K, 2)."""
    half = size * scale() / 2
    corners = np.array([[-half, -half], [half, -half], [half, half], [-half, -half], [half, half], [-half, half]])
    shader = gpu.shader.from_builtin("UNIFORM_COLOR")
    shader.bind()
    shader.uniform_float("color", colour)
    _draw(shader, "TRIS", pos=(points[:, None] + corners).reshape(-1, 2))


def draw_strip(left: float, bottom: float, width: float, height: float, colours: np.ndarray) -> None:
    """A bar that goes through colours (K, 4) from left to right."""
    x = np.repeat(np.linspace(left, left + width, len(colours)), 2)
    y = np.tile([bottom, bottom + height], len(colours))
    shader = gpu.shader.from_builtin("SMOOTH_COLOR")
    _draw(shader, "TRI_STRIP", pos=np.stack([x, y], 1), color=np.repeat(colours, 2, 0))


def draw_text(text: str, x: float, y: float, size: float = 11.0, colour: tuple = (1.0, 1.0, 1.0, 1.0)) -> None:
    blf.size(FONT, size * scale())
    blf.enable(FONT, blf.SHADOW)
    blf.shadow(FONT, 3, *SHADOW)
    blf.color(FONT, *colour)
    blf.position(FONT, x, y, 0)
    blf.draw(FONT, text)
    blf.disable(FONT, blf.SHADOW)


def text_width(text: str, size: float = 11.0) -> float:
    blf.size(FONT, size * scale())
    return blf.dimensions(FONT, text)[0]


def to_region(points: np.ndarray, region: bpy.types.Region, view: bpy.types.RegionView3D) -> np.ndarray:
    """(K, 3) world -> (K, 2) pixels of the region of a 3D View."""
    matrix = np.array(view.perspective_matrix)
    clip = np.pad(points, ((0, 0), (0, 1)), constant_values=1) @ matrix.T
    return (clip[:, :2] / clip[:, 3:] * 0.5 + 0.5) * (region.width, region.height)


def _draw(shader, kind, **arrays):
    depth = gpu.state.depth_test_get()  # Image Editors have one
    gpu.state.depth_test_set("NONE")
    gpu.state.blend_set("ALPHA")
    batch_for_shader(shader, kind, {name: array.astype(np.float32) for name, array in arrays.items()}).draw(shader)
    gpu.state.blend_set("NONE")
    gpu.state.depth_test_set(depth)
