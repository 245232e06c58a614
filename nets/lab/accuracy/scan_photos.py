# SPDX-License-Identifier: GPL-3.0-or-later
"""Photos of a scanned head: a pinhole camera anywhere in front of it, a lamp with highlights and cast shadows, JPEG.

Camera space has x to the right, y down and z forward, millimetres.
"""

from dataclasses import dataclass

import cv2
import numpy as np

from nets.interface.perspective import Camera
from nets.lab.accuracy.scan_files import Scan
from nets.lab.raster import depth_buffer, interpolate, rasterise, vertex_normals
from nets.lab.synth.face import rotation_matrix

REACH = 400  # millimetres that a photo shows at the distance of the head's middle
MIDDLE = np.array([0, -20, -60.0])  # of a head, canonical millimetres
FINE = 2  # the factor by which pictures are rendered larger
SHADOW_SIDE, SHADOW_BIAS = 512, 3.0  # cells of the lamp's depth buffer along each side; millimetres
SHADOW_BLUR = 2.0  # cells
DOWN = np.diag([1.0, -1, -1])  # from the axes of view space (y up, z towards the viewer) to camera space


@dataclass(frozen=True)
class Lamp:
    """direction: (3,), from the head to the lamp in view space (x right, y up, z towards the viewer); strength and
    ambient: how much light comes from it and from all around; gloss: strength of highlights; shadows: whether the head
    casts them."""

    direction: tuple[float, float, float] = (0.2, 0.5, 0.85)
    strength: float = 0.5
    ambient: float = 0.55
    gloss: float = 0.0
    shadows: bool = False

    @staticmethod
    def draw(rng: np.random.Generator, gloss: float = 0.0, shadows: bool = False) -> "Lamp":
        """Draw a lamp that lights the face from some side."""
        direction = (rng.uniform(-1, 1), rng.uniform(-0.3, 0.9), rng.uniform(0.4, 1))
        return Lamp(direction, rng.uniform(0.4, 0.9), rng.uniform(0.25, 0.6), gloss, shadows)


@dataclass(frozen=True)
class Shot:
    """Where a photo is taken from: angles of the head in degrees, as in rotation_matrix, millimetres to its middle."""

    yaw: float
    pitch: float = 0.0
    roll: float = 0.0
    distance: float = 600.0
    lamp: Lamp = Lamp()

    def focal(self, side: int) -> float:
        """The focal length in pixels of a photo of this side."""
        return side / REACH * self.distance

    def place(self, vertices: np.ndarray) -> np.ndarray:
        """Return canonical points (N, 3) in camera space."""
        rotation = DOWN @ rotation_matrix(*np.radians([self.yaw, self.pitch, self.roll]))
        return (vertices - MIDDLE) @ rotation.T + (0, 0, self.distance)


def photograph(scan: Scan, shot: Shot, side: int = 512) -> np.ndarray:
    """Render a scan before a wall, (side, side, 3) uint8. It is in the canonical frame, see nets.lab.accuracy.scan."""
    fine = FINE * side
    camera = Camera.of_photo(FINE * shot.focal(side), (fine, fine))
    placed = shot.place(scan.vertices)
    inverse_depth = (shot.distance / placed[:, 2]).astype(np.float32)
    screen = np.column_stack([camera.project(placed), inverse_depth]).astype(np.float32)
    raster = rasterise(screen, scan.triangles, (fine, fine), inverse_depth)
    normals = vertex_normals(placed @ DOWN, scan.triangles)
    surface = interpolate(raster, scan.triangles, np.column_stack([normals, placed]))
    colours = albedo(scan, raster)
    lit = 255 * np.clip(shade((colours / 255) ** 2.2, surface, scan, placed, shot.lamp), 0, 1) ** (1 / 2.2)
    wall = np.linspace(190, 120, fine, dtype=np.float32)[:, None, None]
    picture = np.where(raster.covered[..., None], lit, wall).astype(np.uint8)
    return cv2.resize(picture, (side, side), interpolation=cv2.INTER_AREA)


def albedo(scan: Scan, raster) -> np.ndarray:
    """Return the scan's own colours (H, W, 3) float32 in the pixels of a raster of it."""
    if scan.texture is None:
        return interpolate(raster, scan.triangles, scan.colours.astype(np.float32))
    height, width = scan.texture.shape[:2]
    u, v = np.moveaxis(interpolate(raster, scan.triangles, scan.uv), 2, 0)
    return cv2.remap(scan.texture, u * width - 0.5, (1 - v) * height - 0.5, cv2.INTER_LINEAR).astype(np.float32)


def shade(colours: np.ndarray, surface: np.ndarray, scan: Scan, placed: np.ndarray, lamp: Lamp) -> np.ndarray:
    """Return linear colours (H, W, 3) in a lamp's light.

    surface: (H, W, 6), normals in view space and points in camera space; placed: (V, 3), the scan in camera space
    """
    normals, points = surface[..., :3], surface[..., 3:]
    towards = np.float32(lamp.direction) / np.float32(np.linalg.norm(lamp.direction))
    direct = np.clip(normals @ towards, 0, 1)
    half = towards + np.float32([0, 0, 1])
    highlight = lamp.gloss * np.clip(normals @ (half / np.linalg.norm(half)), 0, 1) ** 30
    if lamp.shadows:
        lit = unshadowed(points, placed, scan.triangles, DOWN.astype(np.float32) @ towards)
        direct, highlight = direct * lit, highlight * lit
    return colours * (lamp.ambient + lamp.strength * direct)[..., None] + (lamp.strength * highlight)[..., None]


def unshadowed(points: np.ndarray, placed: np.ndarray, triangles: np.ndarray, towards: np.ndarray) -> np.ndarray:
    """Return how far points (H, W, 3) see a far lamp past a mesh placed (V, 3), in [0, 1]; towards: (3,), unit."""
    across = np.cross(towards, (0, 1, 0))
    axes = np.stack([across / np.linalg.norm(across), np.cross(towards, across / np.linalg.norm(across)), towards])
    mesh = placed @ axes.T
    low, cell = mesh[:, :2].min(0), np.ptp(mesh[:, :2], 0).max() / (SHADOW_SIDE - 1)
    screen = np.column_stack([(mesh[:, :2] - low) / cell, mesh[:, 2]]).astype(np.float32)
    nearest = depth_buffer(screen, triangles, (SHADOW_SIDE, SHADOW_SIDE))
    seen = points @ axes.T.astype(np.float32)
    u, v = np.moveaxis((seen[..., :2] - low.astype(np.float32)) / np.float32(cell), 2, 0)
    blocker = cv2.remap(nearest, u.astype(np.float32), v.astype(np.float32), cv2.INTER_NEAREST)
    lit = (seen[..., 2] > blocker - SHADOW_BIAS).astype(np.float32)
    return cv2.GaussianBlur(lit, (0, 0), SHADOW_BLUR)


def as_jpeg(picture: np.ndarray, rng: np.random.Generator, noise: float = 4.0, quality: int = 75) -> np.ndarray:
    """Return a picture (H, W, 3) uint8 after the noise (grey levels) of a sensor and JPEG's losses."""
    noisy = np.clip(picture + rng.normal(0, noise, picture.shape), 0, 255).astype(np.uint8)
    packed = cv2.imencode(".jpg", noisy[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return np.ascontiguousarray(cv2.imdecode(packed, cv2.IMREAD_COLOR)[..., ::-1])
